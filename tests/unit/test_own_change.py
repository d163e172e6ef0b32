import dataclasses
import sys

import pytest

from valgap.evidence.records import Location
from valgap.evidence.source import SourceRecord, read_source, write_source
from valgap.observe.source import MOST_BYTES, source_of_main
from valgap.registry import diagnose
from valgap.report.changes import own_change

SCRIPT = """\
from keras.layers import BatchNormalization, Conv2D, Dense

{noise}
model.add(BatchNormalization())  # <script>&

model.fit(x, y)
"""
CHANGED = "+model.add(BatchNormalization(momentum=0.9))"


@pytest.fixture
def run(make_run, lagging_case, tmp_path):
    """A run with its script as it was: `run(text)`, with `file` as its places name it."""

    def made(text=SCRIPT, file="train.py"):
        case = lagging_case()
        place = Location(file, text.count("\n"), "fit")
        fit = dataclasses.replace(case.fit, location=place)
        run = make_run(dataclasses.replace(case, fit=fit))
        write_source(tmp_path, SourceRecord(file, text))
        return dataclasses.replace(run, path=tmp_path)

    return made


def test_the_card_shows_the_change_of_the_script_itself(run, written):
    text = written("html", run(), diagnose(run()))
    assert "Change to train.py" in text
    assert '<span class="">--- train.py</span>' in text
    assert f'<span class="add">{CHANGED}  # &lt;script&gt;&amp;</span>' in text
    assert "An example of the change" not in text.split("Change to train.py")[0]


def test_markdown_shows_it_as_a_block(run, written):
    text = written("markdown", run(), diagnose(run()))
    assert "  - Change to train.py:\n\n    ```diff\n    --- train.py\n    +++ train.py\n" in text
    assert f"    {CHANGED}  # <script>&\n" in text


def test_markdown_leaves_out_what_it_could_not_quote(run, written):
    made = run(SCRIPT.replace("<script>", "\u00fc"))
    assert "Change to" not in written("markdown", made, diagnose(made))
    assert "Change to train.py" in written("html", made, diagnose(made))


def test_without_the_script_an_example_is_shown(make_run, lagging_case, written):
    run = make_run(lagging_case())
    text = written("html", run, diagnose(run))
    assert "An example of the change, with names of your own" in text
    assert "Change to" not in text
    assert "```diff" not in written("markdown", run, diagnose(run))


def test_a_script_that_another_file_fitted_in_is_not_changed(run):
    made = run()
    write_source(made.path, SourceRecord("other.py", SCRIPT))
    assert own_change(made, diagnose(made).findings[0]) is None


def test_a_place_out_of_the_working_folder_is_told_by_its_name(run):
    made = run(file="/home/somebody/secret/train.py")
    text = own_change(made, diagnose(made).findings[0]).text
    assert text.startswith("--- train.py\n+++ train.py\n")
    assert "somebody" not in text


def test_json_does_not_tell_the_script(run, written):
    assert "model.add(" not in written("json", run(), diagnose(run()))


@pytest.mark.parametrize("damaged", ["", "[1]", '{"file": 3, "text": ""}', '{"file": "a.py"}'])
def test_a_script_that_cannot_be_read_is_none(tmp_path, damaged):
    assert read_source(tmp_path) is None
    (tmp_path / "source.json").write_text(damaged)
    assert read_source(tmp_path) is None


@pytest.fixture
def main(monkeypatch, tmp_path):
    """Makes a file the module that runs."""

    def made(content, name="train.py"):
        path = tmp_path / name
        path.write_bytes(content)
        monkeypatch.setattr(sys.modules["__main__"], "__file__", str(path), raising=False)
        return source_of_main()

    return made


def test_the_script_that_runs_is_kept_with_its_ends_of_lines(main, tmp_path):
    source = main(b"\xef\xbb\xbfa = 1\r\n# \xc3\xbc\r\n")
    assert source == SourceRecord(str(tmp_path / "train.py"), "a = 1\r\n# \u00fc\r\n")
    write_source(tmp_path, source)
    assert read_source(tmp_path) == source


def test_a_script_in_another_encoding_is_read_in_it(main):
    assert main(b"# coding: latin-1\n# \xfc\n").text == "# coding: latin-1\n# \u00fc\n"


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"#" * (MOST_BYTES + 1), "train.py"),
        (b"a = 1", "train"),
        (b"# coding: no-such\n", "train.py"),
        (b"\xff\xfe", "train.py"),
    ],
)
def test_what_is_too_long_or_no_text_is_not_kept(main, content, name):
    assert main(content, name) is None


def test_what_runs_the_tests_is_no_script_of_the_user():
    assert source_of_main() is None
