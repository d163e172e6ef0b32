"""Every form of log but the console, read from a small file of it."""

import json
import math
import sys
from types import SimpleNamespace

import pytest
from logs_made import KERAS_3, event_file

from valgap.errors import UsageError
from valgap.observe.logs import curves
from valgap.observe.logs.find import find_logs

LOSS, VAL = ((1, 0.5), (2, 0.4)), ((1, 0.45), (2, 0.35))
RUN = "1717000000000"


def one(path):
    (log,) = find_logs([str(path)]).logs
    return log


def written(folder, text, name="log"):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


TABLES = {
    "CSVLogger": "epoch,loss,val_loss\n0,0.5,0.45\n1,0.4,0.35\n",
    "semicolons and decimal commas": "epoch;loss;val_loss\n0;0,5;0,45\n1;0,4;0,35\n",
    "tabs": "epoch\tloss\tval_loss\n1\t0.5\t0.45\n2\t0.4\t0.35\n",
    "byte order mark, returns": "\ufeffepoch,loss,val_loss\r\n0,0.5,0.45\r\n1,0.4,0.35\r\n",
    "Excel": "sep=;\nepoch;loss;val_loss\n0;0.5;0.45\n1;0.4;0.35\n",
    "pandas": ",loss,val_loss\n0,0.5,0.45\n1,0.4,0.35\n",
    "no epoch": "loss,val_loss\n0.5,0.45\n0.4,0.35\n",
    "quotes and blank lines": 'epoch,"loss","val_loss"\n\n0,"0.5","0.45"\n\n1,0.4,0.35\n',
    "old ends of line": "epoch,loss,val_loss\r0,0.5,0.45\r1,0.4,0.35\r",
    "Lightning": (
        "epoch,step,train_loss_step,loss,val_loss\n0,0,0.7,,\n0,1,0.4,,\n0,1,,0.5,0.45\n"
        "1,2,0.3,,\n1,3,,0.4,0.35\n"
    ),
    "W&B history": ("_step,_runtime,epoch,loss,val_loss\n0,1.5,0,0.5,0.45\n1,2.5,1,0.4,0.35\n"),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_read_whatever_its_dress(name, tmp_path):
    log = one(written(tmp_path, TABLES[name]))
    assert log.figures["loss"] == LOSS
    assert log.figures["val_loss"] == VAL


def test_the_extension_does_not_matter_and_utf_16_is_read(tmp_path):
    assert one(written(tmp_path, TABLES["CSVLogger"], "x.json")).figures["loss"] == LOSS
    assert one(written(tmp_path, TABLES["tabs"].encode("utf-16"), "y")).figures["loss"] == LOSS


def test_ragged_rows_and_words_are_passed_over_and_counted(tmp_path):
    text = "epoch,loss,val_loss\n0,0.5,0.45\n1,0.4\nnote\n2,bad,0.3,9\n"
    log = one(written(tmp_path, text))
    assert log.figures["loss"] == LOSS
    assert log.figures["val_loss"] == ((1, 0.45), (3, 0.3))
    assert log.notes == ("3 rows are not as long as the header",)


def test_nan_and_infinity_are_values(tmp_path):
    log = one(written(tmp_path, "epoch,loss\n0,inf\n1,NaN\n"))
    assert [str(value) for _, value in log.figures["loss"]] == ["inf", "nan"]


def test_an_appended_log_is_two_logs(tmp_path):
    logs = find_logs([str(written(tmp_path, TABLES["CSVLogger"] + "0,0.9,0.8\n1,0.7,0.6\n"))]).logs
    assert [(log.part, log.figures["loss"][0]) for log in logs] == [
        ("fit 1 of 2", (1, 0.5)),
        ("fit 2 of 2", (1, 0.9)),
    ]


def test_lightning_logs_by_step_as_means_over_the_epoch(tmp_path):
    log = one(written(tmp_path, TABLES["Lightning"]))
    assert log.form == "Lightning metrics.csv"
    assert log.figures["train_loss_step"] == ((1, pytest.approx(0.55)), (2, 0.3))


def test_a_chart_of_wandb_is_a_log_a_run(tmp_path):
    names = [f"{run} - val_loss{end}" for run in "ab" for end in ("", "__MIN", "__MAX")]
    text = '"Step","' + '","'.join(names) + '"\n0,0.5,0,9,,,\n1,0.4,0,9,0.3,0,9\n'
    logs = find_logs([str(written(tmp_path, text))]).logs
    assert {log.part: log.figures["val_loss"] for log in logs} == {
        "a": ((0, 0.5), (1, 0.4)),
        "b": ((1, 0.3),),
    }


HISTORIES = {
    "history": {"loss": [0.5, 0.4], "val_loss": [0.45, 0.35]},
    "within": {"epoch": [0, 1], "history": {"loss": [0.5, 0.4], "val_loss": [0.45, 0.35]}},
    "pandas": {"loss": {"0": 0.5, "1": 0.4}, "val_loss": {"0": 0.45, "1": 0.35}},
    "records": [
        {"epoch": i, "loss": a, "val_loss": b} for i, a, b in ((0, 0.5, 0.45), (1, 0.4, 0.35))
    ],
    "report of valgap": {"fits": [{"history": {"loss": [0.5, 0.4], "val_loss": [0.45, 0.35]}}]},
}


@pytest.mark.parametrize("name", HISTORIES)
def test_a_history_is_found_in_json(name, tmp_path):
    log = one(written(tmp_path, json.dumps(HISTORIES[name])))
    assert (log.figures["loss"], log.figures["val_loss"]) == (LOSS, VAL)


@pytest.mark.parametrize(
    "text",
    [
        "{'loss': [0.5, 0.4], 'val_loss': [np.float64(0.45), 0.35]}",
        "{'loss': 0.5, 'epoch': 1.0, 'val_loss': 0.45}\nnoise\n"
        "{'loss': 0.4, 'epoch': 2.0, 'val_loss': 0.35}",
        '{"epoch": 1, "loss": 0.5, "val_loss": 0.45}\n'
        '{"epoch": 2, "loss": 0.4, "val_loss": 0.35}\n',
    ],
)
def test_what_python_prints_and_json_lines_are_read(text, tmp_path):
    log = one(written(tmp_path, text))
    assert (log.figures["loss"], log.figures["val_loss"]) == (LOSS, VAL)


def test_null_and_nan_in_json_are_no_numbers_but_epochs(tmp_path):
    log = one(written(tmp_path, '{"loss": [0.5, null, NaN]}'))
    assert [math.isnan(value) for _, value in log.figures["loss"]] == [False, True, True]


def test_a_trainer_state_is_read_by_step(tmp_path):
    history = [
        {"epoch": 0.5, "loss": 0.5, "step": 50},
        {"epoch": 1.0, "eval_loss": 0.45, "step": 100},
        {"epoch": 1.5, "loss": 0.4, "step": 150},
    ]
    log = one(written(tmp_path, json.dumps({"best_metric": None, "log_history": history})))
    assert (log.form, log.unit) == ("trainer_state.json", "step")
    assert log.figures["loss"] == ((50, 0.5), (150, 0.4))
    assert log.figures["eval_loss"] == ((100, 0.45),)


def test_checkpoints_of_one_trainer_are_one_log(tmp_path):
    history = [{"step": i, "loss": 1 / i} for i in range(1, 5)]
    for end in (2, 4):
        text = json.dumps({"log_history": history[:end]})
        written(tmp_path, text, f"checkpoint-{end}/trainer_state.json")
    assert len(one(tmp_path).figures["loss"]) == 4


def test_tensorboard_splits_of_one_run_are_one_log(tmp_path):
    pytest.importorskip("tensorboard")
    for split, values in (("train", [0.5, 0.4]), ("validation", [0.25, 0.125])):
        data = event_file({"epoch_loss": values, "batch_loss": [9.0] * 7})
        written(tmp_path, data, f"{split}/events.out.tfevents.1")
    log = one(tmp_path)
    assert log.figures["validation/epoch_loss"] == ((1, 0.25), (2, 0.125))
    assert log.figures["train/epoch_loss"][1] == (2, pytest.approx(0.4))
    assert set(log.figures) == {"train/epoch_loss", "validation/epoch_loss"}


def test_a_tensorboard_file_that_breaks_off_is_read_so_far(tmp_path):
    pytest.importorskip("tensorboard")
    data = event_file({"Loss/train": [0.5, 0.25], "Loss/val": [0.5, 0.25]}, first=100)
    log = one(written(tmp_path, data[:-30]))
    assert log.figures["Loss/train"] == ((100, 0.5), (101, 0.25))
    assert (log.unit, len(log.figures["Loss/val"])) == ("step", 1)
    assert "ends in the middle" in log.notes[0]


def test_without_tensorboard_one_line_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboard.compat.proto.event_pb2", None)
    head = b"\x18" + b"\0" * 11 + b"\x09\0\0\0\0\0\0\xf0\x3f\x1a\x0dbrain.Event:2" + b"\0" * 4
    with pytest.raises(UsageError, match=r"pip install 'valgap\[tensorboard\]'"):
        one(written(tmp_path, head))


def test_a_run_of_mlflow_is_read_from_its_folder(tmp_path):
    for run, best in (("aa", 0.35), ("bb", 0.25)):
        metrics = {"loss": (0.5, 0.4), "val_loss": (0.45, best), "system/cpu": (1.0, 1.0)}
        for name, values in metrics.items():
            lines = "".join(f"{RUN} {value} {step}\n" for step, value in enumerate(values))
            written(tmp_path, lines, f"mlruns/0/{run}/metrics/{name}")
        written(tmp_path, "run_id: aa\nstatus: 3\n", f"mlruns/0/{run}/meta.yaml")
    logs = find_logs([str(tmp_path)]).logs
    assert [log.part for log in logs] == ["aa", "bb"]
    assert logs[0].figures["loss"] == LOSS
    assert logs[1].figures["val_loss"] == ((1, 0.45), (2, 0.25))
    assert "system/cpu" in logs[0].figures


def test_without_mlflow_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "mlflow.tracking", None)
    with pytest.raises(UsageError, match=r"pip install 'valgap\[mlflow\]'"):
        find_logs(["mlflow:0123"])


class _Client:
    """What `valgap read` asks of MLflow's client."""

    def get_run(self, run_id):
        if run_id != "0123":
            raise LookupError(f"Run '{run_id}' not found\nand a long story")
        return SimpleNamespace(data=SimpleNamespace(metrics={"loss": 0.4, "val_loss": 0.35}))

    def get_metric_history(self, run_id, key):
        points = LOSS if key == "loss" else VAL
        return [SimpleNamespace(step=int(at) - 1, value=value) for at, value in points]


def test_a_run_of_an_mlflow_server_is_read_or_refused_in_one_line(monkeypatch):
    module = SimpleNamespace(MlflowClient=_Client)
    monkeypatch.setitem(sys.modules, "mlflow", SimpleNamespace(tracking=module))
    monkeypatch.setitem(sys.modules, "mlflow.tracking", module)
    log = one("mlflow:0123")
    assert (log.figures["loss"], log.figures["val_loss"]) == (LOSS, VAL)
    with pytest.raises(UsageError, match=r"^cannot read mlflow:no: Run 'no' not found$"):
        one("mlflow:no")


WRONG = {
    "empty": (b"", "is empty"),
    "blank": (b" \n\n", "is empty"),
    "prose": (b"dear reader, nothing was trained here\n", "no figure of an epoch or step"),
    "header alone": (b"epoch,loss,val_loss\n", "no figure of an epoch or step"),
    "pickle": (b"\x80\x04\x95\x10\x00", "is a pickle, which runs code"),
    "model": (b"\x89HDF\r\n\x1a\n....", "is a saved model"),
    "archive": (b"PK\x03\x04....", "is an archive"),
    "gzip": (b"\x1f\x8b....", "gzip -dc FILE | valgap read -"),
    "binary": (bytes(range(256)) * 9, "no figure of an epoch or step"),
    "damaged": (b'{"loss": [0.5, 0.4', "is no JSON"),
    "deep": (b'{"a": ' + b"[" * 200_000, "is no JSON"),
    "table of runs": (b"Name,State,loss\nfirst,finished,0.5\n", "one row a run"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_log_is_one_clear_line(name, tmp_path):
    data, message = WRONG[name]
    with pytest.raises(UsageError, match=message.replace("|", r"\|")) as raised:
        one(written(tmp_path, data))
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 400


def test_json_that_is_too_large_is_refused_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr("valgap.observe.logs.history_json.MOST_BYTES", 1 << 20)
    with pytest.raises(UsageError, match="more than 1 MB of JSON"):
        one(written(tmp_path, '{"loss": [' + "0.5, " * 500_000 + "1]}"))


def test_a_folder_gives_its_logs_and_passes_over_the_rest(tmp_path):
    written(tmp_path, TABLES["CSVLogger"], "a/log.csv")
    written(tmp_path, KERAS_3, "b/out.txt")
    written(tmp_path, b"\x80\x04\x95", "history.pkl")
    written(tmp_path, "prints Epoch 1/9 - loss: 0.5, and so on", "notes.txt")
    written(tmp_path, "import keras\nmodel.fit(x, y, epochs=3)\n", "train.py")
    assert sorted(log.form for log in find_logs([str(tmp_path)]).logs) == [
        "Keras console output",
        "table by epoch",
    ]


def test_a_damaged_log_in_a_folder_is_named_and_the_others_are_read(tmp_path):
    written(tmp_path, TABLES["CSVLogger"], "log.csv")
    written(tmp_path, '{"loss": [', "history.json")
    found = find_logs([str(tmp_path)])
    assert len(found.logs) == 1
    assert "is no JSON" in found.notes[0]


def test_missing_names_and_empty_folders_are_one_line(tmp_path):
    with pytest.raises(UsageError, match="no file or folder"):
        find_logs([str(tmp_path / "none")])
    with pytest.raises(UsageError, match="no log in the folder"):
        find_logs([str(tmp_path)])


def test_very_many_points_are_thinned_and_what_matters_is_kept():
    curve, n = curves.Curve(), 300_000
    values = [1.0 + (i % 7) / 10 for i in range(n)]
    values[123_457], values[200_001], values[99_999] = -5.0, 9.0, math.nan
    for i, value in enumerate(values):
        curve.put(float(i), value)
    told = dict(curve.told())
    assert len(told) <= 2 * curves.MOST_POINTS
    assert {123_457.0, 200_001.0, 99_999.0, n - 1.0} <= told.keys()
    assert list(told) == sorted(told)
