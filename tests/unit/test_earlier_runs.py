"""A run that an earlier valgap kept is read as it was.

`earlier_run` was written by the state of 22 November 2026 (f096bd0), before most records had the
fields that they have now; its weights and steps are left out.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from valgap.cli.main import main
from valgap.evidence.records import FitRecord
from valgap.evidence.store import load_run

EARLIER = Path(__file__).parent / "earlier_run"


def test_it_lacks_fields_that_are_kept_now():
    fit = json.loads((EARLIER / "fits/0/fit.json").read_text())
    now = {field.name for field in dataclasses.fields(FitRecord)}
    assert {"start_weights", "fitted"} <= now - fit.keys()


def test_its_fit_and_ledger_are_read():
    run = load_run(EARLIER)
    (fit,), (ledger,) = run.fits, run.ledgers
    assert (fit.status, len(fit.epochs)) == ("finished", 7)
    account = next(a for a in ledger.accounts if a.metric == "loss" and "last" in a.roles)
    deltas = [row.delta for row in account.rows if row.delta is not None]
    assert abs(sum(deltas) - (account.validation - account.train)) < 1e-9


def test_each_form_of_report_is_made_of_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    kept = tmp_path / ".valgap/runs/20261122-000000-0000"
    for file in EARLIER.rglob("*.json*"):
        copy = kept / file.relative_to(EARLIER)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(file.read_bytes())
    for form in ("full", "html", "json", "markdown"):
        assert main(["report", "--format", form, "-o", f"report.{form}"]) == 0
        assert (tmp_path / f"report.{form}").stat().st_size > 1000
