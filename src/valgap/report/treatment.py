"""What a study found, for a terminal: the answer, the last look, the remedies, what next."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from valgap.report.page import Page
from valgap.report.places import shown_path
from valgap.report.treatment_words import (
    calibrated,
    candidate,
    difference,
    ensemble,
    given_back,
    judging_rows,
    scored,
    sides,
    to_calibrate,
    unit,
)
from valgap.treatment.record import RemedyRecord, Treatment
from valgap.wording import count, figure, places, plural, signed

# Remedies that are listed; the others stand in treatment.json.
_MOST = 12


def render(found: Treatment, folder: Path, notes: Sequence[str], console: Console) -> None:
    """Prints what a study found, the answer first.

    Args:
        found: by the study.
        folder: with the results.
        notes: on what could not be written, and the like.
        console: to print to.
    """
    page = Page.of(console)
    page.rule(f"valgap treat: {found.answer}")
    page.hang("", found.reason)
    if found.treated and not found.is_proven:
        page.hang("", candidate(found))
    page.blank()
    _look(page, found)
    _path(page, found)
    _remedies(page, "remedy", found.remedies)
    _remedies(page, "together", found.combinations)
    _rest(page, found, folder, notes)
    page.show(console)


def _look(page: Page, found: Treatment) -> None:
    look = found.look
    what = judging_rows(found)
    if look is None:
        page.hang(f"{what}  ", "were not looked at: no fit came to an end in time")
        page.blank()
        return
    page.add((f"{found.metric} on {what}", "bold"))
    for name, side in sides(found):
        page.hang(f"  {name:<12}", f"{scored(side)}  {plural(side.units, unit(found))}")
    if look.difference is not None:
        page.hang(f"  {'difference':<12}", difference(look))
    if look.ensemble is not None:
        page.hang(f"  {'ensemble':<12}", ensemble(look.ensemble))
    if look.calibration is not None:
        page.hang(f"  {'calibration':<12}", calibrated(look.calibration))
        page.hang(f"  {'':<12}", to_calibrate(look.calibration))
    if found.optimism_line:
        page.hang("  ", found.optimism_line)
    if found.looks > 1:
        page.hang("  ", f"these rows have judged {found.looks} treatments: the last one knew of it")
    page.blank()


def _path(page: Page, found: Treatment) -> None:
    if not found.path:
        return
    page.add(("from patient to treated, in the race", "bold"))
    for step in found.path:
        page.hang(
            "  ",
            f"{step.added}: {figure(step.before, 3)} to {figure(step.after, 3)}, "
            f"{plural(step.units, 'unit')}",
        )
    page.blank()


def _remedies(page: Page, title: str, every: Sequence[RemedyRecord]) -> None:
    tried = [r for r in every if r.stage != "not tried"]
    if not tried:
        return
    page.add((f"{title:<34}{'effect':>9}  95 % interval     pairs  answer", "bold"))
    decimals = places([v for r in tried for v in (r.effect, r.low, r.high)])
    for r in tried[:_MOST]:
        low, high = (signed(v, decimals) if v is not None else "" for v in (r.low, r.high))
        effect = signed(r.effect, decimals) if r.effect is not None else ""
        between = f"{low} to {high}" if low and high else ""
        page.add(f"{r.name[:33]:<34}{effect:>9}  {between:<17} {r.pairs:>5}  {r.answer}")
    left = len(every) - len(tried[:_MOST])
    if left:
        page.hang("", f"{count(left)} more in treatment.json", "dim")
    page.blank()


def _rest(page: Page, found: Treatment, folder: Path, notes: Sequence[str]) -> None:
    failed = f", {found.failed_trials} failed" if found.failed_trials else ""
    page.hang("trials   ", f"{count(found.trials)}{failed}; seed {found.seed}")
    page.hang("results  ", shown_path(folder))
    for told in given_back(found):
        page.hang("given    ", told)
    for note in notes:
        page.hang("note     ", note)
    page.hang("page     ", shown_path(folder / "treatment.html"))
