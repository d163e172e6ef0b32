"""The files behind the rows of a real fit are looked at, also where the fit ended in one."""

import shutil

import keras
import numpy as np
import pytest
import tensorflow as tf
from sources_help import SIDE, image_model, images

from valgap.evidence.records import TargetRecord
from valgap.observe.sources.make import make_sources
from valgap.session import Session

pytest.importorskip("PIL")


@pytest.fixture
def folder(tmp_path):
    for i, image in enumerate(images(48)[0]):
        path = tmp_path / "pictures" / f"class{i % 3}"
        path.mkdir(parents=True, exist_ok=True)
        keras.utils.save_img(path / f"{i:02d}.png", image if i % 8 else image[:1, :1])
    return tmp_path / "pictures"


def from_directory(folder, **more):
    fed = keras.utils.image_dataset_from_directory(
        folder, image_size=(SIDE, SIDE), batch_size=8, validation_split=0.25, subset="both",
        seed=1, verbose=False, **more,
    )  # fmt: skip
    return [part.map(lambda x, y: (x / 255, y)).prefetch(2) for part in fed]


def rows_of(tmp_path, train, validation):
    session = Session(TargetRecord("script.py"), root=tmp_path / "runs")
    session.install()
    try:
        image_model().fit(train, validation_data=validation, epochs=1, verbose=0)
        raised = False
    except Exception:  # the script's own
        raised = True
    return session.finish("raised" if raised else "finished", 1).rows_of(0), raised


def test_placeholders_among_the_files_of_a_data_set_are_counted(folder, tmp_path):
    rows, _ = rows_of(tmp_path, *from_directory(folder))
    assert (rows.files.files, rows.files.small, rows.files.unreadable) == (48, 6, 0)
    assert "files" not in rows.missing
    assert rows.files.examples[:2] == ("00.png", "08.png")


def test_the_file_that_a_fit_ended_in_is_there(folder, tmp_path):
    train, validation = from_directory(folder)
    (folder / "class1" / "01.png").write_bytes(b"no picture")
    rows, raised = rows_of(tmp_path, train, validation)
    assert raised
    assert (rows.files.unreadable, rows.files.examples[0]) == (1, "01.png")


def test_files_that_a_map_of_the_scripts_own_reads_are_named(folder):
    paths = sorted(str(path) for path in folder.rglob("*.png"))

    def read(path, label):
        return tf.io.decode_png(tf.io.read_file(path), channels=3), label

    fed = tf.data.Dataset.from_tensor_slices((paths, np.zeros(48))).shuffle(48).map(read).batch(8)
    named = make_sources({"x": fed.repeat()}, epochs=1).files
    assert sorted(named.paths) == paths
    assert named.decoder == "tensorflow"


def test_files_of_a_folder_that_the_script_removed_are_said_to_be_gone(folder, tmp_path):
    train, validation = (part.cache() for part in from_directory(folder))
    session = Session(TargetRecord("script.py"), root=tmp_path / "runs")
    session.install()
    image_model().fit(train, validation_data=validation, epochs=1, verbose=0)
    shutil.rmtree(folder)
    rows = session.finish("finished", 0).rows_of(0)
    assert rows.files is None
    assert rows.missing["files"] == "the files that rows were read from are no longer there"


def test_the_files_of_an_image_generator_are_named(folder):
    generator = tf.keras.preprocessing.image.ImageDataGenerator(validation_split=0.25)
    train, validation = (
        generator.flow_from_directory(folder, target_size=(SIDE, SIDE), subset=subset)
        for subset in ("training", "validation")
    )
    named = make_sources({"x": train, "validation_data": validation}, epochs=1).files
    assert (named.total, named.decoder) == (48, "pillow")


def test_arrays_are_not_read_from_files():
    x, y = images(12)
    assert make_sources({"x": x, "y": y}, epochs=1).files is None
