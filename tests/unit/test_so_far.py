"""The line under a fit: facts from the history, shown seldom enough, and never in the way."""

import io
import sys
import types

import pytest

from valgap.evidence.records import EpochRecord
from valgap.observe import line as line_module
from valgap.observe.line import Line, in_notebook, line_of
from valgap.report.so_far import so_far


def history(val_loss, loss=None, name="val_loss"):
    train = loss or [0.5] * len(val_loss)
    figures = zip(train, val_loss, strict=True)
    return [EpochRecord(i, {"loss": a, name: b}, 0.1) for i, (a, b) in enumerate(figures)]


def test_epoch_figure_gap_and_best_epoch_are_told():
    told = so_far(history([0.9, 0.7, 0.8], [0.9, 0.6, 0.5]), 50)
    assert told == "epoch 3 of 50: val_loss 0.800, gap +0.300, best 0.700 at epoch 2"


def test_a_loss_that_rises_is_told_with_the_epochs_since_its_best():
    told = so_far(history([1.0, 0.9, 0.8, 0.7, 0.9, 1.1, 1.3, 1.5]))
    assert told.endswith("best 0.70 at epoch 4, above it for 4 epochs")


def test_a_loss_that_wavers_about_its_best_does_not_rise():
    assert "above" not in so_far(history([1.0, 0.70, 0.72, 0.70, 0.73, 0.71, 0.72]))


def test_a_jump_is_told_and_a_steady_fall_is_none():
    assert so_far(history([1.0, 0.95, 0.9, 0.85, 6.0, 0.75, 0.7, 0.65])).endswith(
        "jumped at epoch 5"
    )
    assert "jumped" not in so_far(history([1.0 - 0.05 * i for i in range(12)]))
    assert "jumped" not in so_far(history([1.0, 1.0, 0.9]))


@pytest.mark.parametrize(
    ("epochs", "told"),
    [
        ([], "no epoch has ended yet"),
        ([EpochRecord(0, {}, 0.1)], "epoch 1: no loss in this one"),
        ([EpochRecord(0, {"loss": None}, 0.1)], "epoch 1: loss is not a number"),
        ([EpochRecord(4, {"loss": 0.25}, 0.1)], "epoch 5: loss 0.250"),
        (history([0.8], name="val_auc"), "epoch 1: val_auc 0.800"),
    ],
)
def test_what_is_not_there_is_not_told(epochs, told):
    assert so_far(epochs) == told


class Board:
    def __init__(self):
        self.shown, self.ended = [], 0

    def show(self, text):
        self.shown.append(text)

    def end(self):
        self.ended += 1


@pytest.fixture
def clock(monkeypatch):
    now = types.SimpleNamespace(seconds=100.0)
    monkeypatch.setattr(line_module.time, "monotonic", lambda: now.seconds)
    return now


def numbered(epochs, of):
    return f"{len(epochs)} of {of}"


def test_quick_epochs_are_not_shown_one_by_one_and_the_last_one_is(clock):
    board = Board()
    line = Line(numbered, board, 100)
    for number in range(1, 101):
        line.epoch_ended([None] * number)
        clock.seconds += 0.01
    line.fit_ended([None] * 100)
    assert board.shown[0] == "valgap: 1 of 100"
    assert board.shown[-1] == "valgap: 100 of 100"
    assert len(board.shown) == 6
    assert board.ended == 1


def test_where_keras_writes_too_the_line_waits_for_the_end_of_its_own(clock):
    board = Board()
    line = Line(numbered, board, 2, waits=True)
    line.epoch_begins([])
    line.epoch_ended([None])
    assert board.shown == []
    line.epoch_begins([None])
    line.epoch_ended([None, None])
    line.fit_ended([None, None])
    assert board.shown == ["valgap: 1 of 2", "valgap: 2 of 2"]


def test_a_failure_of_ours_is_silent_from_then_on(clock):
    told = []

    def failing(epochs, of):
        told.append(len(epochs))
        raise ZeroDivisionError

    board = Board()
    line = Line(failing, board, 2)
    line.epoch_ended([None])
    clock.seconds += 1
    line.epoch_ended([None, None])
    line.fit_ended([None, None])
    assert board.shown == []
    assert told == [1]


def test_a_closed_stderr_is_no_matter_of_the_fits(monkeypatch):
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stderr", closed)
    line = line_of(numbered, {"verbose": 0, "epochs": 2})
    line.epoch_ended([None])
    line.fit_ended([None])


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_that_is_ours_has_one_line_written_over(monkeypatch, clock):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    line = line_of(numbered, {"verbose": 0, "epochs": 2})
    line.epoch_ended([None])
    clock.seconds += 1
    line.epoch_ended([None, None])
    line.fit_ended([None, None])
    assert terminal.getvalue() == "\r\033[Kvalgap: 1 of 2\r\033[Kvalgap: 2 of 2\n"


def test_a_notebook_has_one_output_that_is_updated(monkeypatch, clock):
    shown = []

    class Handle:
        def update(self, bundle, raw):
            shown.append(("update", bundle["text/plain"], raw))

    def display(bundle, raw, display_id):
        shown.append(("display", bundle["text/plain"], raw))
        return Handle()

    kernel = types.SimpleNamespace(kernel=object())
    ipython = types.SimpleNamespace(get_ipython=lambda: kernel)
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", types.SimpleNamespace(display=display))
    assert in_notebook()
    line = line_of(numbered, {"verbose": "auto", "epochs": 2})
    line.epoch_ended([None])
    clock.seconds += 1
    line.epoch_ended([None, None])
    assert shown == [("display", "valgap: 1 of 2", True), ("update", "valgap: 2 of 2", True)]


def test_without_a_kernel_it_is_no_notebook(monkeypatch):
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: None))
    assert not in_notebook()
    monkeypatch.delitem(sys.modules, "IPython")
    assert not in_notebook()
