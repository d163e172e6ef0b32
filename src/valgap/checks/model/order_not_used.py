"""MOD120: time steps or frames can be permuted without a change."""

from __future__ import annotations

import math
from collections.abc import Iterable

from valgap.case import Case, finite
from valgap.checks.counterfactual import experiment
from valgap.checks.example_case import example_case
from valgap.checks.example_scores import referenced, scored
from valgap.checks.layer_settings import short
from valgap.checks.learning import STATES
from valgap.checks.measures import DELTA_OF_LOSS, lies_inside
from valgap.checks.order import is_blind_to_order, told_by_order
from valgap.checks.outcome import MATTERS, Outcome, outcome
from valgap.evidence.account import Estimate
from valgap.finding import Expected, Experiment, Finding, Observed, Severity, Status
from valgap.registry import check
from valgap.wording import count, figure, places, signed

# The reference that reads series in order: others see single steps or whole rows.
IN_ORDER = "minirocket"


def _case(change: float, **more: float) -> Case:
    return example_case(
        measured_model={
            "permuted": {"frames": Estimate(change, change - 0.004, change + 0.004, 450)},
            "predictions": scored(0.92, 0.72),
        },
        measured_rows={"references": referenced(more.get("minirocket", 0.7), kind=IN_ORDER)},
    )


def _unordered() -> Case:
    return _case(0.001)


def _ordered() -> Case:
    return _case(0.9)


@check(
    code="MOD120",
    name="order-not-used",
    family="MOD",
    severity="warning",
    needs=("permuted", "predictions"),
    fires_on=_unordered,
    silent_on=_ordered,
)
def order_not_used(case: Case) -> Iterable[Finding]:
    """The order of time steps or frames makes no difference to what the model predicts.

    What it looks for: validation loss with the steps or frames of each row permuted at
    random, no weight changed; an interval of the change that lies wholly inside 5 % of the
    loss, in a model that has learned something, or cannot see any order. A warning where a
    cheap reference that reads the order does better than the model, and loses that when it
    is given permuted steps.

    Why it matters: where order tells the classes apart the model misses it; where it does
    not, as in a bag of frames, recurrent layers cost rows and time for nothing.

    What to do: if order should matter, look at what is lost before the recurrent layer, and
    at its size; if not, pool over the steps and leave the recurrent layer out.

    References: Fisher, Rudin and Dominici, All Models are Wrong, but Many are Useful, 2019
    (permuted inputs as a measure of reliance).
    """
    came_out = outcome(case)
    level = _validation_loss(case)
    if came_out.validation is None or level is None:
        return
    if came_out.is_at_chance and not is_blind_to_order(case):
        return  # a model that has learned nothing uses nothing
    delta = DELTA_OF_LOSS * level
    for name, change in (case.model.permuted if case.model else {}).items():
        if lies_inside(change.low, change.high, delta) and finite(change.value):
            yield _finding(case, name, change, delta, came_out)
            return


def _validation_loss(case: Case) -> float | None:
    """The clean loss of validation rows, or the logged one."""
    made = [p.loss.value for p in case.predictions() if p.loss and finite(p.loss.value)]
    logged = list(case.history("val_loss").values())[-1:]
    return abs(math.fsum(made or logged)) or None


def _won_by_order(case: Case) -> tuple[str, Estimate] | None:
    """What a reference that reads the order wins over the model, or None if not clearly."""
    if (won := _in_order(case)) is not None:
        return IN_ORDER, won
    found = case.rows.references if case.rows else None
    if told_by_order(case) is None or found is None or found.own is None:
        return None
    if not finite(found.own.value):
        return None
    best = found.scores[found.kind]
    if not finite(best.low) or best.low <= found.own.value + MATTERS:
        return None
    return found.kind, Estimate(best.value - found.own.value, best.low - found.own.value)


def _in_order(case: Case) -> Estimate | None:
    """What MiniRocket wins over the model and all other references, or None if not clearly."""
    references = case.rows.references if case.rows else None
    best = references.scores.get(IN_ORDER) if references else None
    own = references.own if references else None
    others = [s.value for k, s in references.scores.items() if k != IN_ORDER] if references else []
    if best is None or own is None or not finite(best.low) or not finite(own.value):
        return None
    is_ahead = best.low > own.value + MATTERS and best.value > max(others, default=0.0) + MATTERS
    return Estimate(best.value - own.value, best.low - own.value) if is_ahead else None


def _judged(came_out: Outcome, won: tuple[str, Estimate] | None) -> tuple[Severity, Status]:
    if won is not None:
        return "warning", "suspected"
    return "note", "harmless" if came_out.is_good else "confirmed"


def _finding(case: Case, name: str, change: Estimate, delta: float, came_out: Outcome) -> Finding:
    won = _won_by_order(case)
    severity, status = _judged(came_out, won)
    d = places([delta])
    return order_not_used.finding(
        case,
        severity=severity,
        status=status,
        message=f"order not used: {short(name)} permuted, val_loss {signed(change.value, d)}",
        observed=Observed(change.value, "val_loss", change.low, change.high, change.n),
        expected=Expected(">", delta, "5 % of the loss, DESIGN section 6"),
        size=min(1.0, max(0.0, won[1].value)) if won else 0.0,
        experiment=_experiment(case, name, change),
        evidence=(
            f"steps of each row permuted, {count(change.n)} validation rows: "
            f"{signed(change.value, d)} ({signed(change.low, d)} to {signed(change.high, d)})",
            *_reference_line(won, told_by_order(case)),
        ),
        help="if order should matter, see what loses it before the recurrent layer; else pool",
        remedies=("pool-over-steps",),
        explains=(*STATES, "EVL107", "EVL109", "MOD119") if won else (),
    )


def _experiment(case: Case, name: str, change: Estimate) -> Experiment | None:
    are_frames = any(i.name == name and i.kind == "frames" for i in case.inputs("validation"))
    return experiment(
        change,
        name="frames-permuted" if are_frames else "steps-permuted",
        varied="order within each row: at random or as it is, in val_loss",
        held="weights and rows",
    )


def _reference_line(won: tuple[str, Estimate] | None, lost: Estimate | None) -> list[str]:
    if won is None:
        return ["rows that are bags of steps or frames lose nothing by it"]
    mixed = [f"the same with steps permuted loses {figure(lost.value)}"] if lost else []
    return [
        f"{won[0]}, which reads the order, scores {figure(won[1].value)} better than the model",
        *mixed,
        "what would settle it: pairs of fits with the steps of all rows permuted and as they are",
    ]
