"""What Keras prints, of all its generations, read back; and any text at all."""

import time
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from logs_made import CONSOLES, KERAS_1, KERAS_3

from valgap.errors import UsageError
from valgap.observe.logs.console import Console
from valgap.observe.logs.curves import MOST_FIGURES
from valgap.observe.logs.find import read_source
from valgap.observe.logs.form import load_forms
from valgap.observe.logs.source import Source


def read(text: str | bytes):
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    return read_source(Source("pasted", stream=BytesIO(data)))


@pytest.mark.parametrize("name", CONSOLES)
def test_every_generation_gives_the_same_two_epochs(name):
    (log,) = read(CONSOLES[name])
    assert log.figures["loss"] == ((1, 0.5), (2, 0.4))
    assert log.figures["val_loss"] == ((1, 0.4), (2, 0.3))
    assert log.form == "Keras console output"


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
def test_it_does_not_matter_where_a_stream_is_cut(size):
    console = Console("cut")
    console.read(KERAS_3[i : i + size] for i in range(0, len(KERAS_3), size))
    assert console.logs()[0].figures["val_loss"] == ((1, 0.4), (2, 0.3))


def test_rows_and_planned_epochs_are_told_where_keras_told_them():
    (log,) = read(KERAS_1)
    assert (log.rows, log.planned) == (10_000, 2)


def test_what_evaluate_prints_afterwards_is_no_training_figure():
    (log,) = read(KERAS_3)
    assert 7.7 not in dict(log.figures["loss"]).values()


def test_evaluate_after_a_fit_without_validation_is_no_training_figure():
    text = "Epoch 1/1\n9/9 - 1s - loss: 0.5\n3/3 - 0s - loss: 7.7\n"
    assert read(text)[0].figures["loss"] == ((1, 0.5),)


def test_epochs_that_count_anew_are_another_fit():
    logs = read(KERAS_3 + KERAS_3.replace("0.30", "0.20"))
    assert [log.part for log in logs] == ["fit 1 of 2", "fit 2 of 2"]
    assert [log.figures["val_loss"][1][1] for log in logs] == [0.3, 0.2]


def test_a_loop_of_fits_of_one_epoch_is_one_fit():
    text = "".join(f"Epoch 1/1\n9/9 - 0s - loss: 0.{9 - i} - val_loss: 0.5\n" for i in range(5))
    (log,) = read(text)
    assert log.figures["loss"] == tuple((i + 1, (9 - i) / 10) for i in range(5))
    assert "5 calls of one epoch each are read as one fit" in log.notes


def test_an_epoch_that_was_interrupted_is_left_out():
    (log,) = read(KERAS_3.rpartition("\x1b[1m3/3")[0] + "Epoch 3/9\n4/9 [==] - loss: 0.1")
    assert log.figures["loss"] == ((1, 0.5), (2, 0.4))
    assert log.notes == ("epoch 3 was not finished: it is left out",)


def test_lines_without_headers_are_counted():
    lines = "".join(f"9/9 - 0s - loss: 0.{i} - val_loss: 0.{i}\n" for i in (5, 4, 3))
    (log,) = read(lines)
    assert log.figures["val_loss"] == ((1, 0.5), (2, 0.4), (3, 0.3))
    assert log.notes


def test_nan_and_infinity_are_read_as_logged():
    (log,) = read("Epoch 1/2\n9/9 - 0s - loss: inf\nEpoch 2/2\n9/9 - 0s - loss: nan\n")
    assert [str(value) for _, value in log.figures["loss"]] == ["inf", "nan"]


def test_log_lines_of_other_tools_are_no_figures():
    text = "Epoch 1/1\n2024-05-01 10:00:00 - root - INFO - step: 5\n9/9 - 0s - loss: 0.5\n"
    assert read(text)[0].figures == {"loss": ((1, 0.5),)}


@pytest.mark.parametrize("name", ["keras 0", "keras 1", "keras 3", "keras 3, verbose 2", "wrapped"])
@pytest.mark.parametrize(
    "before",
    [
        "trainer-1  | ",
        "2026-01-01 12:00:00,123 INFO ",
        "2026-01-01T12:00:00.123456Z ",
        "[2026-01-01 12:00:00] ",
        "2026-01-01 12:00:00,123 - root - INFO - ",
        "trainer-1  | 2026-01-01 12:00:00,123 [INFO] ",
        "INFO:root:",
    ],
)
def test_what_a_container_or_a_logger_puts_before_each_line_is_passed_over(name, before):
    (log,) = read("".join(f"{before}{line}\n" for line in CONSOLES[name].split("\n")))
    assert log.form == "Keras console output"
    assert log.figures["loss"] == ((1, 0.5), (2, 0.4))
    assert log.figures["val_loss"] == ((1, 0.4), (2, 0.3))


def test_a_table_between_bars_is_still_a_table():
    (log,) = read("epoch | loss | val_loss\n1 | 0.5 | 0.4\n2 | 0.4 | 0.3\n")
    assert log.form == "table by epoch"
    assert log.figures["val_loss"] == ((1, 0.4), (2, 0.3))


def test_utf_16_as_powershell_writes_it():
    (log,) = read(KERAS_3.encode("utf-16"))
    assert log.figures["val_loss"] == ((1, 0.4), (2, 0.3))


WORDS = [
    *("Epoch ", "1/10", "Epoch 2/3", " - ", "loss", ": ", "0.5", "val_loss: 0.25", "ETA: 0s"),
    *(
        "\r",
        "\n",
        "\b\b\b",
        "\x1b[1m",
        "\x1b]0;t\x07",
        "^H^H",
        "nan",
        "inf",
        "1e999",
        "9/9 ",
        "[==]",
    ),
    *("validate on 5 samples", "\u2501", "\0", "\x1b", "[32m", "Epoch 00001: val_loss improved"),
]
texts = st.one_of(st.text(max_size=400), st.lists(st.sampled_from(WORDS), max_size=80).map("".join))


@settings(max_examples=200, deadline=2_000)
@given(texts, st.integers(1, 50))
def test_any_text_is_read_or_refused_wherever_it_is_cut(text, size):
    console = Console("any")
    console.read(text[i : i + size] for i in range(0, len(text), size))
    for log in console.logs():
        for points in log.figures.values():
            assert list(points) == sorted(points, key=lambda point: point[0])


@settings(max_examples=100, deadline=5_000)
@given(st.one_of(st.binary(max_size=600), texts.map(lambda t: t.encode("utf-8", "replace"))))
def test_any_bytes_are_a_log_or_one_clear_line(data):
    refused = ""
    try:
        logs = read(data)
    except UsageError as error:
        logs, refused = (), str(error)
    assert bool(logs) != bool(refused)
    assert "\n" not in refused


@settings(max_examples=100, deadline=2_000)
@given(st.binary(max_size=600))
def test_no_sniffer_raises(data):
    for form in load_forms():
        assert form.knows(Source("any", stream=BytesIO(data))) in (True, False)


@pytest.mark.parametrize(
    "unit", ["a", " - ", "Epoch ", "loss: ", "\x1b[", "\b", "9/9 ", "-", "E", "("]
)
def test_a_megabyte_of_one_thing_takes_no_more_than_moments(unit):
    began = time.process_time()
    console = Console("long")
    console.read([unit * (1_000_000 // len(unit))])
    assert time.process_time() - began < 5
    assert console.logs() == []


def test_names_without_end_do_not_take_memory_without_end():
    lines = "".join(f"9/9 - loss: 1 - metric_{i}: 1\n" for i in range(3 * MOST_FIGURES))
    (log,) = read("Epoch 1/1\n" + lines + "Epoch 2/2\n" + lines)
    assert len(log.figures) <= MOST_FIGURES
    assert any("figures" in note for note in log.notes)
