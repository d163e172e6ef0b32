"""DAT101: rows of validation that stand in training too."""

from __future__ import annotations

import math
from collections.abc import Iterable

from valgap.case import Case, finite
from valgap.checks.counterfactual import experiment, half_width, is_whole
from valgap.checks.example_case import example_case
from valgap.checks.measures import smallest_that_matters
from valgap.checks.reference_skill import clipped, values_a_row
from valgap.checks.twins import FEW_VALUES
from valgap.evidence.account import Estimate, SharedRows
from valgap.finding import Expected, Experiment, Finding, Observed, Scope, Severity, Status
from valgap.registry import check
from valgap.wording import count, figure, percent, places, signed

# Below this share even rows that are all right cannot lift a score by half a point.
TINY_SHARE = 0.005
NAMED = 5


def _shared() -> Case:
    return example_case(
        shared=SharedRows(
            searched_train=1408,
            searched_validation=450,
            shared=90,
            distinct=90,
            examples=(3, 17, 21),
            all_rows={"loss": 0.32, "accuracy": 0.90},
            with_shared={"loss": 0.05, "accuracy": 0.99},
            without={
                "loss": Estimate(0.39, 0.33, 0.45, 360),
                "accuracy": Estimate(0.87, 0.835, 0.905, 360),
            },
        )
    )


def _apart() -> Case:
    return example_case(shared=SharedRows(1408, 450, 0, 0))


@check(
    code="DAT101",
    name="rows-shared-between-splits",
    family="DAT",
    severity="error",
    needs=("validation", "shared-rows"),
    fires_on=_shared,
    silent_on=_apart,
)
def rows_shared_between_splits(case: Case) -> Iterable[Finding]:
    """Rows of validation stand in training too, bit for bit.

    What it looks for: model inputs of validation whose hash is that of a training input; and
    the validation figure with and without those rows. Where leaving them out changes less
    than matters, as with few possible inputs, it is harmless. In an audit, where no model is
    known, rows of ten numbers and more are confirmed: such do not come about twice.

    Why it matters: on rows that it was trained on a model is examined with the answers in
    hand. The figure is too good, and the more a model remembers the better it looks.

    What to do: remove duplicates before the split, and split before anything is copied,
    oversampled or augmented.

    References: Barz and Denzler, Do We Train on Test Data?, 2020; Elangovan et al.,
    Memorization vs. Generalization, 2021.
    """
    found = case.ledger.shared_rows if case.ledger else None
    if found is None or found.shared <= 0 or found.searched_validation <= 0:
        return
    share = found.shared / found.searched_validation
    status, is_tiny = _status(case, found), share < TINY_SHARE
    severity: Severity = "error" if status == "confirmed" and not is_tiny else "warning"
    yield rows_shared_between_splits.finding(
        case,
        severity="note" if is_tiny and status == "harmless" else severity,
        status=status,
        message=f"{count(found.shared)} of {count(found.searched_validation)} validation rows "
        f"stand in training too ({percent(share)})",
        observed=Observed(share, "share of validation rows", n=found.searched_validation),
        expected=Expected("==", 0.0, "splits share no row"),
        size=share,
        scope=Scope(rows=found.shared),
        experiment=_experiment(case, found),
        evidence=(*_score_lines(found), *_example_line(found), *_search_line(case, found)),
        help="remove duplicates before the split, and split before rows are copied",
        remedies=("split-without-duplicates",),
    )


def _status(case: Case, found: SharedRows) -> Status:
    """Confirmed where leaving the rows out makes a figure worse by more than matters and chance.

    Harmless where no figure changes by as much as matters.
    """
    changes = {m: _change(found, m) for m in found.without}
    known = {metric: change for metric, change in changes.items() if finite(change)}
    if not known:
        return "confirmed" if case.is_audit and _are_copies(case) else "suspected"
    if all(
        abs(change) <= smallest_that_matters(case, metric, found.all_rows[metric])
        for metric, change in known.items()
    ):
        return "harmless"
    return "confirmed" if _flattered(case, found) else "suspected"


def _are_copies(case: Case) -> bool:
    """Whether rows hold so many numbers that two of them are hardly equal by chance."""
    return (values_a_row(case) or 0) >= FEW_VALUES


def _flattered(case: Case, found: SharedRows) -> list[str]:
    """The figures, scores first, that shared rows lift beyond what matters and beyond chance."""
    lifted = []
    for metric in found.without:
        effect, sign = _lift(found, metric), 1 if case.higher_is_better(metric) else -1
        before = found.all_rows.get(metric)
        if effect is None or not finite(before):
            continue
        least = max(half_width(effect), smallest_that_matters(case, metric, before))
        if sign * effect.value > least:
            lifted.append(metric)
    return sorted(lifted, key=lambda metric: not case.higher_is_better(metric))


def _experiment(case: Case, found: SharedRows) -> Experiment | None:
    """A figure of all validation rows against that without the shared ones."""
    known = [m for m in found.without if _lift(found, m) is not None]
    scores = [m for m in known if case.higher_is_better(m)]
    told = [*_flattered(case, found), *scores, *known]
    if not told:
        return None
    return experiment(
        _lift(found, told[0]),
        name="shared-rows-left-out",
        varied=f"validation rows that stand in training, in val_{told[0]}",
        held="weights and other rows",
    )


def _lift(found: SharedRows, metric: str) -> Estimate | None:
    """What the shared rows add to a figure of all rows.

    All rows are a mixture of both kinds, so that it is a share of the difference between them.
    A row of either kind is taken to vary alike (those that were learned vary less), and copies
    of one row count once.
    """
    rest, apart = found.without[metric], found.with_shared.get(metric)
    change = _change(found, metric)
    if change is None or not finite(apart) or not rest.n or not is_whole(rest):
        return None
    differ = apart - rest.value
    share = clipped(-change / differ) if differ else found.shared / found.searched_validation
    rows = min(found.distinct, share / max(1 - share, TINY_SHARE) * rest.n)
    half = share * half_width(rest) * math.hypot(1, math.sqrt(rest.n / max(1.0, rows)))
    return Estimate(-change, -change - half, -change + half, round(rest.n / max(1 - share, 0.001)))


def _change(found: SharedRows, metric: str) -> float | None:
    """What leaving the shared rows out does to a figure."""
    before = found.all_rows.get(metric)
    return found.without[metric].value - before if finite(before) else None


def _score_lines(found: SharedRows) -> list[str]:
    lines = []
    for metric, rest in found.without.items():
        d = places([found.all_rows.get(metric), rest.value])
        apart = found.with_shared.get(metric)
        on_them = f", on them alone {figure(apart, d)}" if finite(apart) else ""
        lines.append(
            f"val_{metric} {figure(found.all_rows.get(metric), d)}, without them "
            f"{figure(rest.value, d)} ({signed(_change(found, metric), d)}){on_them}"
        )
    return lines


def _example_line(found: SharedRows) -> list[str]:
    if found.names:
        return [f"such as {', '.join(found.names[:NAMED])}"]
    rows = ", ".join(map(str, found.examples))
    return [f"such as validation rows {rows} (from 0)"] if rows else []


def _search_line(case: Case, found: SharedRows) -> list[str]:
    rows = case.fit.train.rows
    if rows is None or found.searched_train >= rows:
        return []
    return [f"{count(found.searched_train)} of {count(rows)} training rows were searched"]
