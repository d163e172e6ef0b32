"""Compares stored runs: on record, or by trials in pairs over seeds within a budget."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from valgap.comparing.pairing import Pairing, Trials
from valgap.comparison.answer import answered, effect_of
from valgap.comparison.differences import differences
from valgap.comparison.ledgers import side_by_side
from valgap.comparison.records import Comparison, Effect, Side, Verdict
from valgap.comparison.single import (
    answered_on_record,
    effect_on_record,
    row_error,
    same_loss,
    score_name,
)
from valgap.errors import UsageError
from valgap.evidence.store import StoredRun
from valgap.evidence.trials import TrialRecord
from valgap.experiments.verdict import pairs_needed, pairs_of
from valgap.registry import case_of


def compare(
    runs: Sequence[StoredRun],
    *,
    pairs: int | None = None,
    seconds: float = 0.0,
    progress: Callable[[str], None] = lambda _: None,
    trust: bool = False,
) -> list[Comparison]:
    """Gives back each run but the first compared with the first, by the last fit of each.

    Ctrl+C and the end of the budget end the trials; what was made by then counts.

    Args:
        runs: two at least.
        pairs: trials a side. None: where both fits can be made again as many as the sign-flip
            test needs to pass, six for two runs; else none.
        seconds: how long trials may take.
        progress: is told of each trial, and the time left.
        trust: whether to read recipes that others made, which are pickles.

    Raises:
        UsageError: if a run has no fit.
    """
    sides = [_side(run, chr(ord("A") + i)) for i, run in enumerate(runs)]
    trials = Pairing(time.monotonic() + seconds, progress, trust)
    try:
        return [_compared(sides[0], side, pairs, trials, len(sides) - 1) for side in sides[1:]]
    finally:
        trials.close()


def _side(run: StoredRun, name: str) -> Side:
    if not run.fits:
        raise UsageError(f"{run.record.id} has no fit: there is nothing to compare")
    fit = next((f for f in reversed(run.fits) if f.epochs), run.fits[-1])
    return Side(name, run, case_of(run, fit))


def _compared(a: Side, b: Side, pairs: int | None, trials: Pairing, claims: int) -> Comparison:
    wanted = pairs_needed(claims) if pairs is None else pairs
    notes = [
        f"{side.name} cannot be made again: {why}"
        for side in (a, b)
        if wanted and (why := trials.obstacle(side, wanted))
    ]
    effect, verdict = None, None
    if wanted and not notes:
        effect, verdict, told = _by_trials(a, b, trials.made(a, b, wanted), claims)
        notes += [*told, *trials.notes()]
        if effect is not None and effect.pairs < wanted:
            notes.append(f"{effect.pairs} of {wanted} pairs were made")
    if verdict is None:
        effect = effect_on_record(a, b)
        verdict = answered_on_record(effect, a, b)
        notes += _of_rows(_same_on_record(a, b), effect)
    return Comparison(
        a,
        b,
        differences(a.case.fit, b.case.fit),
        side_by_side(a.case, b.case),
        effect,
        verdict,
        tuple(notes),
    )


def _by_trials(
    a: Side, b: Side, trials: tuple[Trials, Trials], claims: int
) -> tuple[Effect | None, Verdict | None, list[str]]:
    """The effect over pairs and the answer; none where there is no pair, and why."""
    before, after = trials
    # The number of epochs may be what differs; pairs are of one seed.
    found = pairs_of(before, [replace(t, epochs=before[0].epochs) for t in after if before])
    if found is None:
        failed = next((t.error for t in (*before, *after) if t.error), None)
        reason = f"a trial failed: {failed}" if failed else "there was no time for a pair"
        return None, None, [f"no pairs: {reason}"]
    if found.figure == "loss" and not same_loss(a.case, b.case):
        return None, None, ["no pairs: the losses are different functions, and there is no score"]
    sound = [[t for t in side if t.error is None] for side in (before, after)]
    rows = min(t.rows for side in sound for t in side)
    same = _same_rows(a, b, sound[0][0], sound[1][0])
    error = None if same else row_error(a, b, found.figure, rows)
    effect = effect_of(found, score_name(found.figure, sound[1][0].task), rows, error)
    return effect, answered(found, error, claims), _of_rows(same, effect)


def _same_rows(a: Side, b: Side, before: TrialRecord, after: TrialRecord) -> bool | None:
    if before.checksum and after.checksum:
        return before.checksum == after.checksum
    return _same_on_record(a, b)


def _same_on_record(a: Side, b: Side) -> bool | None:
    """Whether both fits were scored on the same validation rows; None where it is not known."""
    told = [s.case.fit.validation.checksum if s.case.fit.validation else None for s in (a, b)]
    return None if None in told else told[0] == told[1]


def _of_rows(same: bool | None, effect: Effect | None) -> list[str]:
    if effect is None or same:
        return []
    known = "are" if same is False else "may be"
    return [f"the figures {known} of different validation rows: the interval allows for that"]
