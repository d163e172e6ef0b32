"""Which remedies are tried, and in what order: those that findings ask for first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from valgap.experiments.arms import CannotVaryError
from valgap.finding import Finding
from valgap.observe.recipe import Recipe
from valgap.remedies.base import Remedy, load_remedies, remedied, remedies_for
from valgap.remedies.catalogue.tuned_baseline import NAME as TUNED
from valgap.remedies.catalogue.tuned_baseline import tuned_baseline
from valgap.treatment.setting import PLACEBOS

# Where no finding asks for anything, what helps most small fits goes before what seldom does: fits
# that were ended by hand are often too short and too small, and means over epochs or rates that
# fall make short fits shorter (bench/remedy_gains.py). From 120 trials on a plain baseline is tuned
# before all of them: it is the hardest one to beat.
USUAL = (
    "more-epochs", "larger-model", "augmentation", "augmentation-of-series",
    "augmentation-of-frames", "raise-learning-rate", "smaller-batches", "weight-decay",
    "label-smoothing", "lower-learning-rate", "keep-best-epoch", "cosine-schedule",
    "averaged-weights",
)  # fmt: skip
# A fit counts rows alike; figures that count classes alike want other decisions where classes are
# of unequal size (Menon et al., Long-tail Learning via Logit Adjustment, 2021, section 3).
COUNT_CLASSES_ALIKE = ("balanced_accuracy", "macro_f1")
OF_UNEQUAL_CLASSES = ("logit-adjustment", "class-weights", "decision-thresholds")


def arms_in_order(
    recipe: Recipe, findings: Sequence[Finding], *, unsafe: bool, metric: str = ""
) -> list[str]:
    """Gives back the arms that can be put on a fit, by priority.

    Args:
        recipe: the fit.
        findings: those of the run that stand, in order of rank.
        unsafe: with those that take knowledge of the data.
        metric: by name, that the study judges by.
    """
    usual = (*(OF_UNEQUAL_CLASSES if metric in COUNT_CLASSES_ALIKE else ()), *USUAL)
    every = _by_priority(findings, usual)
    # Its settings are proposed as the study goes.
    wanted = [r for r in every if (r.safe or unsafe) and not r.placebo and r.name != TUNED]
    first = [r.arms[0] for r in wanted]
    others = [arm for r in wanted for arm in r.arms[1:]]
    return [arm for arm in dict.fromkeys((*first, *others)) if _applies(recipe, arm)]


def placebos_of(recipe: Recipe) -> tuple[str, ...]:
    """Gives back the placebos that can be put on a fit; those of no remedy where there are few."""
    found = (r.arms[0] for r in load_remedies() if r.placebo and _applies(recipe, r.arms[0]))
    return (*found, *PLACEBOS)


def can_be_tuned(recipe: Recipe) -> bool:
    """Whether a fit has the settings that are tuned."""
    return _applies(recipe, tuned_baseline.arms[0])


def _by_priority(findings: Sequence[Finding], usual: Sequence[str]) -> Iterator[Remedy]:
    for finding in findings:
        for name in finding.remedies:
            yield from remedies_for(name)
    every = load_remedies()
    yield from (r for f in findings for r in every if f.code in r.treats)
    yield from sorted(every, key=lambda r: usual.index(r.name) if r.name in usual else len(usual))


def _applies(recipe: Recipe, arm: str) -> bool:
    try:
        remedied(recipe, (arm,))
    except CannotVaryError:
        return False
    except Exception:  # a remedy of somebody else's; the study goes on without it
        return False
    return True
