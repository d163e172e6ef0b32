"""The split as one remedy more, where findings say that it is at fault.

Folds are dealt at random, so that a study of a fit with a bad split would find nothing to mend:
its patient would be well. Here the patient trains on those rows of a fold that the script trains
on, and the remedy on as many of all; both are judged on the same rows, as ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from valgap.experiments.arms import CannotVaryError
from valgap.finding import Finding
from valgap.treatment.plan import Ints

# Names under which findings ask for rows that are dealt at random.
SPLITS = ("shuffled-split", "stratified-split", "split-at-random")


def split_asked_for(findings: Iterable[Finding]) -> str | None:
    """Gives back the name under which a finding that is more than a note asks for another split.

    Args:
        findings: those that stand, in order of rank.
    """
    named = (name for f in findings if f.severity != "note" for name in f.remedies)
    return next((name for name in named if name in SPLITS), None)


def without_splits(arms: Iterable[str]) -> tuple[str, ...]:
    """Gives back the arms that change the fit itself."""
    return tuple(arm for arm in arms if arm not in SPLITS)


def dealt(train: Ints, scripted: int | None, arms: Sequence[str], seed: int) -> Ints:
    """Gives back the rows of a fold that train.

    Args:
        train: numbers of its training rows, those that the script trains on first.
        scripted: how many rows the script trains on; None where its split is not asked about.
        arms: of the training.
        seed: of the unit.

    Raises:
        CannotVaryError: if the script trains on no row of the fold.
    """
    if scripted is None:
        return train
    own = train[train < scripted]
    if not len(own):
        raise CannotVaryError("the script trains on none of the rows of this fold")
    if not set(arms) & set(SPLITS):
        return own
    drawn = np.random.default_rng([seed, len(train)]).choice(train, len(own), replace=False)
    return np.sort(drawn)
