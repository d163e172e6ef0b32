"""`valgap compare` on stored runs: pairs that are kept, forms, and wrong usage."""

import dataclasses
import json
import subprocess
import sys

import pytest
from compare_help import case, predictions, trials

from valgap.cli.main import main
from valgap.comparing import compare
from valgap.evidence.records import EnvironmentRecord, TargetRecord
from valgap.evidence.rows import RowsRecord
from valgap.evidence.store import RunWriter, load_run
from valgap.evidence.trials import append_trial
from valgap.report.comparison import headline

LOW = (0.80, 0.81, 0.79, 0.80, 0.82, 0.78)
HIGH = tuple(score + 0.05 + 0.002 * i for i, score in enumerate(LOW))
FIELDS = ["figure", "score", "before", "after", "value", "low", "high", "over", "p", "pairs"]


@pytest.fixture
def record(tmp_path, monkeypatch):
    """Writes a run with one fit and, where scores are given, trials of it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")

    def write(scores=(), *, made=None, **changes):
        made = made or case(scored=predictions(0.9))
        root, environment = tmp_path / ".valgap", EnvironmentRecord("3.11", "any", 1)
        writer = RunWriter.create(root, TargetRecord("job.py"), environment)
        writer.write_fit(dataclasses.replace(made.fit, epochs=()))
        for epoch in made.fit.epochs:
            writer.append_epoch(0, epoch)
        writer.write_ledger(made.ledger)
        if made.model is not None:
            writer.write_measured(RowsRecord(0), made.model)
        for trial in trials(scores, **changes):
            append_trial(writer.path / "fits" / "0", trial)
        return writer.path

    return write


def answers(capfd, *args):
    assert main(["compare", "--budget", "0s", "--format", "json", *map(str, args)]) == 0
    return json.loads(capfd.readouterr().out)


def test_pairs_that_are_kept_answer_without_a_further_fit(record, capfd):
    made = answers(capfd, record(LOW), record(HIGH))
    assert made["schema_version"] == "1"
    assert (made["answer"], made["needs"]) == ("yes", {"pairs": None, "rows": None})
    assert made["effect"]["value"] == pytest.approx(0.055)
    assert made["effect"]["pairs"] == 6
    assert made["effect"]["p"] == pytest.approx(2 / 64)
    assert [run["name"] for run in made["runs"]] == ["A", "B"]
    assert made["differences"] == made["further"] == made["notes"] == []
    assert made["ledgers"][0]["row"] == "training"


def test_the_document_has_its_fields(record, capfd):
    made = answers(capfd, record(LOW), record(HIGH))
    assert list(made) == [
        *("schema_version", "runs", "differences", "ledgers", "effect", "answer", "reason"),
        *("needs", "notes", "further"),
    ]
    assert list(made["effect"]) == [*FIELDS, "delta", "rows"]


def test_a_run_against_itself_makes_no_difference(record, capfd):
    path = record(LOW)
    made = answers(capfd, path, path)
    assert (made["answer"], made["effect"]["value"]) == ("no", 0.0)
    assert made["reason"] == "no difference that matters"


def test_a_change_of_the_epochs_is_paired_by_seed(record, capfd):
    longer = case(scored=predictions(0.9))
    arguments = {"epochs": "20"}
    longer = dataclasses.replace(longer, fit=dataclasses.replace(longer.fit, arguments=arguments))
    made = answers(capfd, record(LOW), record(HIGH, made=longer, epochs=20))
    assert made["effect"]["pairs"] == 6
    assert made["differences"] == [{"part": "fit", "what": "epochs", "a": "12", "b": "20"}]


def test_other_validation_rows_are_said_and_allowed_for(record, capfd):
    near = {"made": case(scored=predictions(0.9, rows=200))}
    made = answers(capfd, record(LOW, **near), record(HIGH, checksum="3-4", **near))
    assert made["effect"]["over"] == "seeds and rows"
    assert made["answer"] == "cannot tell"
    assert made["needs"]["rows"] > 200
    assert made["notes"] == [
        "the figures are of different validation rows: the interval allows for that"
    ]


def test_fewer_pairs_count_and_say_what_is_missing(record, capfd):
    made = answers(capfd, record(LOW[:3]), record(HIGH))
    assert (made["answer"], made["effect"]["pairs"]) == ("cannot tell", 3)
    assert made["reason"] == "fewer than 6 pairs cannot pass the sign-flip test at 5 %"
    assert made["needs"]["pairs"] == 6
    assert made["notes"] == ["3 of 6 pairs were made"]


def test_no_time_for_a_pair_leaves_what_is_on_record(record, capfd):
    made = answers(capfd, record(), record())
    assert (made["effect"]["over"], made["effect"]["pairs"]) == ("rows", 0)
    assert made["notes"] == ["no pairs: there was no time for a pair"]


def test_a_trial_that_failed_is_told(record, capfd):
    made = answers(capfd, record(LOW), record(LOW, error="ValueError: no"))
    assert made["notes"] == ["no pairs: a trial failed: ValueError: no"]


def test_a_fit_that_cannot_be_made_again_is_told(record, capfd):
    made = answers(capfd, record(LOW), record(made=case(recipe=None)))
    assert made["notes"][0].startswith("B cannot be made again: ")
    assert made["answer"] == "cannot tell"


def test_losses_of_other_functions_are_not_compared(record, capfd):
    squared = case(compiled={"loss": "mse"})
    a = record([None] * 6)
    made = answers(capfd, a, record([None] * 6, made=squared))
    assert made["effect"] is None
    assert made["notes"] == ["no pairs: the losses are different functions, and there is no score"]


def test_pairs_0_looks_at_what_is_on_record_alone(record, capfd):
    made = answers(capfd, record(LOW), record(HIGH), "--pairs", "0")
    assert (made["effect"]["over"], made["needs"]["pairs"]) == ("rows", 6)


def test_each_further_run_is_compared_with_the_first_and_shares_the_level(record):
    runs = [load_run(path) for path in (record(LOW), record(HIGH), record(LOW))]
    better, same = compare(runs)
    assert (better.b.name, same.b.name) == ("B", "C")
    assert headline(better) == "cannot tell: needs about 7 pairs (--pairs 7)"
    assert better.notes == ("6 of 7 pairs were made",)
    assert same.verdict.answer == "no"


def test_the_report_in_full_says_all_of_it(record, capfd):
    longer = case(scored=predictions(0.9), layers=("Conv2D", "Flatten", "Dense", "Dense"))
    a, b = record(LOW), record(HIGH, made=longer)
    assert main(["compare", "--budget", "0s", str(a), str(b)]) == 0
    out, err = capfd.readouterr()
    assert err == ""
    for told in (
        "A against B",
        "model    layer: Dropout()",
        "generalisation",
        "did it help? yes: it is better",
        "+0.055",
        "over seeds, on these rows, 6 pairs, sign-flip p 0.0312",
        "balanced accuracy, from 0, chance, to 1, 200 validation rows: A 0.800, B 0.855",
    ):
        assert told in " ".join(out.split()) or told in out
    assert max(map(len, out.splitlines())) <= 100


def test_a_report_goes_to_a_file(record, capfd, tmp_path):
    args = ["compare", "--budget", "0s", "-o", "out.txt", str(record(LOW)), str(record(HIGH))]
    assert main(args) == 0
    assert capfd.readouterr() == ("", f"valgap: report written to {tmp_path / 'out.txt'}\n")
    assert "did it help? yes" in (tmp_path / "out.txt").read_text()


def test_wrong_usage_is_one_line_and_status_2(record, capfd, tmp_path):
    path = str(record())
    (tmp_path / "fails.py").write_text("raise SystemExit('no such thing')")
    (tmp_path / "idle.py").write_text("print('nothing here')")
    wrongs = [
        ([], "expected two runs or scripts to compare, received none"),
        ([path], "expected two runs or scripts to compare, received "),
        ([path, "nosuch"], "no run 'nosuch' in "),
        ([path, "nosuch.py"], "no script nosuch.py: expected a file, or the id of a run"),
        (["--format", "jsno", path, path], "unknown format 'jsno'; did you mean json?"),
        (["--pairs", "-1", path, path], "invalid value for '--pairs'"),
        (["--budget", "soon", path, path], "invalid value for '--budget'"),
        (["-q", path, "fails.py"], "fails.py ended with status 1: no such thing; see "),
        (["-q", path, "idle.py"], "idle.py called no fit: there is nothing to compare; see "),
    ]
    for args, message in wrongs:
        assert main(["compare", *args]) == 2
        out, err = capfd.readouterr()
        assert (out, err.count("\n")) == ("", 1)
        assert err.startswith(f"valgap: {message}")


def test_a_run_without_a_fit_is_one_line_and_status_2(tmp_path, capfd):
    empty = RunWriter.create(tmp_path, TargetRecord("j.py"), EnvironmentRecord("3", "any", 1))
    assert main(["compare", str(empty.path), str(empty.path)]) == 2
    assert capfd.readouterr().err.startswith(f"valgap: {empty.id} has no fit")


def test_stored_runs_are_compared_without_keras(record):
    a, b = record(LOW), record(HIGH)
    code = (
        "import sys; from valgap.cli.main import main; status = main(sys.argv[1:])\n"
        "print('MODULES', *sys.modules); sys.exit(status)"
    )
    for more in ((), ("--pairs", "0")):
        done = subprocess.run(
            [sys.executable, "-c", code, "compare", *more, "--budget", "0s", str(a), str(b)],
            capture_output=True,
            text=True,
            check=True,
        )
        loaded = set(done.stdout.rpartition("MODULES ")[2].split())
        assert not loaded & {"keras", "tensorflow", "jax", "torch"}
