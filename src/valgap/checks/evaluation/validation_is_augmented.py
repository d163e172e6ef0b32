"""EVL103: the validation pipeline applies random transforms."""

from __future__ import annotations

from collections.abc import Iterable

from valgap.case import Case, finite, measured
from valgap.checks.counterfactual import as_fed
from valgap.checks.example_case import example_case
from valgap.checks.measures import lies_beyond, lies_inside, smallest_that_matters
from valgap.evidence.account import Account, Row
from valgap.finding import Expected, Experiment, Finding, Observed, Status
from valgap.registry import check
from valgap.wording import count, figure, places, signed


def _augmented() -> Case:
    return example_case(
        rows={"noise-layers": -0.03, "validation-pipeline": 0.08},
        val_loss=(0.9, 0.72, 0.6, 0.53, 0.49, 0.46, 0.445, 0.435, 0.43, 0.425, 0.422, 0.42),
        transforms="known",
        transform_names=("zoom_range", "horizontal_flip"),
    )


def _plain() -> Case:
    return example_case(transforms="none")


@check(
    code="EVL103",
    name="validation-is-augmented",
    family="EVL",
    severity="warning",
    needs=("validation", "loss-gap"),
    fires_on=_augmented,
    silent_on=_plain,
)
def validation_is_augmented(case: Case) -> Iterable[Finding]:
    """The validation pipeline applies random transforms.

    What it looks for: random transforms on validation rows, in a generator shared with
    training or in the data pipeline; then the same weights on the same rows without them
    (the validation-pipeline row of the gap ledger).

    Why it matters: the figure is of harder and ever other pictures than those the model is
    for. It is too low as a rule, moves from epoch to epoch by itself, and what is chosen by
    it is chosen by chance in part.

    What to do: make a second generator, or map, without random transforms for validation;
    with `validation_split`, two generators of the same split and seed.

    References: Keras documentation, ImageDataGenerator and `flow(subset="validation")`.
    """
    data = case.fit.validation
    if data is None or data.transforms not in ("known", "opaque"):
        return
    account = case.account() or case.accounts()[-1]
    rows = _measured_rows(case, account)
    if data.transforms == "opaque" or "loss" not in rows:
        yield _suspected(case)
        return
    yield _judged(case, rows, _experiment(case, account, rows))


def _measured_rows(case: Case, account: Account) -> dict[str, Row]:
    accounts = (account, *case.beside(account))
    found = {a.metric: measured(a, "validation-pipeline") for a in accounts}
    return {metric: row for metric, row in found.items() if row is not None}


def _judged(case: Case, rows: dict[str, Row], made: Experiment | None) -> Finding:
    row, status = rows["loss"], _status(case, rows)
    level = row.before or 0.0
    d = places([row.before, row.after])
    lines = [
        f"{metric} without them {figure(r.before, d)}, as the script feeds it "
        f"{figure(r.after, d)} ({signed(r.delta, d)}, {signed(r.low, d)} to {signed(r.high, d)}, "
        f"{count(r.n)} rows)"
        for metric, r in rows.items()
    ]
    return validation_is_augmented.finding(
        case,
        status=status,
        message=(
            f"validation is augmented: val_loss {figure(row.after, d)}, "
            f"plain {figure(row.before, d)}"
        ),
        observed=Observed(row.delta, "val_loss", row.low, row.high, row.n),
        expected=_expected(0.05 * abs(level)),
        size=abs(row.delta or 0.0) / abs(row.after) if row.after else 0.0,
        experiment=made,
        evidence=(_transforms(case), *lines),
        help="give validation a pipeline of its own, without random transforms",
        remedies=("clean-validation-pipeline",),
        explains=("CUR103",) if status == "confirmed" else (),
    )


def _status(case: Case, rows: dict[str, Row]) -> Status:
    """Confirmed where any figure moves beyond delta, harmless where none can."""
    if any(_moves(case, metric, row) for metric, row in rows.items()):
        return "confirmed"
    inside = all(lies_inside(r.low, r.high, _delta(case, m, r)) for m, r in rows.items())
    return "harmless" if inside else "inconclusive"


def _moves(case: Case, metric: str, row: Row) -> bool:
    return lies_beyond(row.low, row.high, _delta(case, metric, row))


def _delta(case: Case, metric: str, row: Row) -> float:
    return smallest_that_matters(case, metric, row.before or 0.0)


def _experiment(case: Case, account: Account, rows: dict[str, Row]) -> Experiment | None:
    """The clean figure against the fed one: of the metric that moves, else of the loss."""
    metric = next((m for m, row in rows.items() if _moves(case, m, row)), "loss")
    accounts = (account, *case.beside(account))
    own = next((a for a in accounts if a.metric == metric), None)
    return as_fed(own, "validation-clean", "random transforms of validation rows")


def _suspected(case: Case) -> Finding:
    return validation_is_augmented.finding(
        case,
        status="suspected",
        message="the validation pipeline is random: its rows read twice are not the same",
        observed=Observed(None, "val_loss"),
        expected=_expected(None),
        evidence=(_transforms(case), "the figure without them could not be measured"),
        help="give validation a pipeline of its own, without random transforms",
        remedies=("clean-validation-pipeline",),
    )


def _transforms(case: Case) -> str:
    names = case.fit.validation.transform_names if case.fit.validation else ()
    told = ", ".join(names) if names else "of a kind that could not be told"
    return f"random transforms of validation rows: {told}"


def _expected(delta: float | None) -> Expected:
    value = delta if finite(delta) else None
    return Expected("<=", value, "5 % of the loss or 1 point of a score, DESIGN section 6")
