"""MOD112: attention gives all positions the same weight."""

from __future__ import annotations

from collections.abc import Iterable

from valgap.case import Case, finite
from valgap.checks.counterfactual import experiment
from valgap.checks.example_case import example_case
from valgap.checks.example_scores import referenced, scored
from valgap.checks.layer_settings import short
from valgap.checks.learning import (
    STATES,
    held_back,
    learns_poorly,
    lost_skill,
    skill_lines,
    validation_loss,
)
from valgap.checks.measures import DELTA_OF_LOSS, lies_inside
from valgap.checks.outcome import outcome
from valgap.evidence.account import Estimate
from valgap.evidence.model import AttentionMeasured
from valgap.finding import Expected, Finding, Observed, Scope, Severity, Status
from valgap.registry import check
from valgap.wording import count, figure, signed

# At .98 of the largest entropy the weights of 100 positions spread by some 40 % about their
# mean, which the mean in their place must then show to matter; a mean has 1 exactly.
UNIFORM = 0.98
# Of a task that noise bounds, less than a quarter can be all there is, but seldom is.
LITTLE = 0.25


def _example(entropy: float, with_mean: float, score: float) -> Case:
    change = Estimate(with_mean, with_mean - 0.002, with_mean + 0.002, 450)
    return example_case(
        measured_model={
            "attention": (AttentionMeasured("softmax", entropy, 100, change),),
            "predictions": scored(score, score - 0.02),
        },
        measured_rows={"references": referenced(0.85)},
    )


@check(
    code="MOD112",
    name="attention-is-mean-pooling",
    family="MOD",
    severity="warning",
    needs=("attention", "predictions"),
    fires_on=lambda: _example(0.9998, 0.0003, 0.6),
    silent_on=lambda: _example(0.61, 0.35, 0.92),
)
def attention_is_mean_pooling(case: Case) -> Iterable[Finding]:
    """Attention gives all positions the same weight, so it is a mean.

    What it looks for: the entropy of the weights over the logarithm of their number, averaged
    over rows (1: all the same), and the validation loss with the mean in place of the attention.
    Where all attentions of a model are means, and it does worse than a cheap reference, or
    gets less than a quarter of what there is to be had.

    Why it matters: the layer that was to find the steps that matter finds none. Adding heads or
    layers of the same kind does not help as long as the query says nothing about the row.

    What to do: a query that depends on the row (self-attention, or the last state of a recurrent
    layer), scores that are not squashed before the softmax, and a look at what keeps the
    scores small, such as a penalty.

    References: Bahdanau, Cho and Bengio, Neural Machine Translation by Jointly Learning to Align
    and Translate, 2015; Vaswani et al., Attention Is All You Need, 2017, section 3.2.
    """
    made = [a for a in case.model.attention if a.positions > 1] if case.model else []
    if not made or not all(_is_uniform(attention) for attention in made):
        return
    changes = [_changes_nothing(case, attention) for attention in made]
    if False in changes or not _could_do_better(case):
        return
    status: Status = "suspected" if None in changes else "confirmed"
    yield _finding(case, made, status)


def _is_uniform(attention: AttentionMeasured) -> bool:
    return finite(attention.entropy) and attention.entropy >= UNIFORM


def _changes_nothing(case: Case, attention: AttentionMeasured) -> bool | None:
    """Whether the mean in its place changes the loss by less than matters; None: not measured."""
    change, level = attention.with_mean, validation_loss(case)
    if change is None or level is None or not finite(change.low) or not finite(change.high):
        return None
    return lies_inside(change.low, change.high, DELTA_OF_LOSS * abs(level))


def _could_do_better(case: Case) -> bool:
    """Tells a model that learns poorly, stays below a reference, or gets next to nothing.

    A reference that looks at steps one by one may miss what attention was put in to find.
    """
    came_out = outcome(case)
    gets_little = came_out.validation is not None and came_out.validation.value < LITTLE
    return not came_out.is_good and (learns_poorly(case) or held_back(case) > 0 or gets_little)


def _finding(case: Case, made: list[AttentionMeasured], status: Status) -> Finding:
    first, severity = made[0], _severity(status)
    change = first.with_mean
    return attention_is_mean_pooling.finding(
        case,
        severity=severity,
        status=status,
        message=f"attention is a mean: entropy {min(1.0, first.entropy):.4f} of its maximum",
        observed=Observed(first.entropy, "entropy of the weights over its maximum"),
        expected=Expected("<", UNIFORM, "1 is a mean; below .98 weights differ"),
        # That it does nothing is measured, not what a working one would bring.
        size=0.5 * max(held_back(case), lost_skill(case)),
        scope=Scope(layer=first.layer),
        experiment=experiment(
            change,
            name="attention-as-mean",
            varied="attention weights: their mean or as they are, in val_loss",
            held="weights and rows",
        ),
        evidence=(
            *(f"{short(a.layer)}: {figure(a.entropy, 4)} over {count(a.positions)}" for a in made),
            *([f"the mean in its place: val_loss {signed(change.value)}"] if change else []),
            *skill_lines(case),
            *([] if status == "confirmed" else ["the mean in its place would settle it"]),
        ),
        help="a query that depends on the row, as in self-attention",
        remedies=("self-attention", "query-from-the-row"),
        explains=(*STATES, "EVL107", "EVL109", "MOD115", "MOD121"),
    )


def _severity(status: Status) -> Severity:
    return "warning" if status == "confirmed" else "note"
