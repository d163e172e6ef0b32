"""Cheap models of the same rows: what is there to be had, and whether labels carry signal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from valgap.evidence.account import Estimate
from valgap.evidence.records import Split
from valgap.evidence.rows import References
from valgap.ledger.probes.rows.across import across, learning
from valgap.ledger.probes.rows.arrays import Floats, Ints
from valgap.ledger.probes.rows.clock import Clock
from valgap.ledger.probes.rows.prepared import Prepared
from valgap.ledger.probes.rows.regions import border_and_centre
from valgap.ledger.probes.rows.scores import chance_of
from valgap.ledger.probes.rows.single import best_single
from valgap.ledger.probes.rows.space import Space
from valgap.ledger.probes.rows.study import Study, study_of
from valgap.ledger.probes.rows.unordered import unordered
from valgap.ledger.probes.rows.within import Within, by_group, within
from valgap.ledger.probes.sampled import Sampled
from valgap.observe.sources.base import Table

# Groups of two and more that hold fewer rows than this cannot lift a score by what matters.
LEAST_IN_GROUPS = 0.05


def references(
    prepared: Prepared, clock: Clock, groups: Ints | None = None
) -> tuple[References, Mapping[str, str]]:
    """Returns scores of cheap models on the rows, and the reason for what is not there.

    Args:
        prepared: the rows.
        clock: what costs time is left out when it is over.
        groups: a number for each training row, the same for rows that go together.

    Raises:
        NotApplicableError: where there is no target to predict, or hardly a row.
    """
    began = clock.spent
    study = study_of(prepared, clock)
    crossed = across(study)
    inside, held_out = _inside(study, "train"), _inside(study, "validation")
    own, own_signal = study.own("validation") if study.can_cross else (None, None)
    own_train, own_train_signal = study.own("train")
    signals = {
        "within_train": inside.signal if inside else None,
        "within_validation": held_out.signal if held_out else None,
        "across": crossed.signal,
        "own": own_signal,
        "own_train": own_train_signal,
    }
    kind = inside.kind if inside else crossed.kind
    single = best_single(study)
    edges = border_and_centre(study, kind)
    found = References(
        study.task,
        "R2" if study.task == "regression" else "balanced accuracy",
        chance_of(study.task, study.y["validation" if study.can_cross else "train"]),
        len(study.y["train"]),
        len(study.y.get("validation", ())),
        scores=crossed.scores,
        own=own,
        own_train=own_train,
        within_train=inside.best if inside else None,
        within_validation=held_out.best if held_out else None,
        within_train_grouped=_grouped(study, inside, groups),
        learning=learning(study, kind),
        single_feature=single.name if single else None,
        single={str(s): e for s, e in single.scores.items()} if single else {},
        without_single=single.without if single else None,
        border=edges.get("border"),
        centre=edges.get("centre"),
        unordered=unordered(study, kind),
        seconds=clock.spent - began,
        target=study.answers.name,
        kind=kind,
        signal={name: told for name, told in signals.items() if told is not None},
    )
    return found, study.why


def within_rows(sampled: Sampled, table: Table, clock: Clock) -> Estimate | None:
    """Returns the cross-validated score of cheap models on other rows than those sampled.

    Args:
        sampled: what is known of the fit.
        table: the rows in place of its training rows.
        clock: the time that is left.
    """
    study = study_of(Prepared(replace(sampled, tables={"train": table}, own={})), clock)
    inside = _inside(study, "train")
    return inside.best if inside else None


def _inside(study: Study, split: Split) -> Within | None:
    """Cross-validation inside one split, in a space of its own."""
    if split not in study.y or not study.clock.has():
        return None
    groups = study.prepared.equal_rows(split)[study.answers.truth[split].known]
    return within(study.asked(split, _own_space(study, split)), groups, study.clock)


def _own_space(study: Study, split: Split) -> Floats:
    if split == "train":
        return study.x["train"]
    part = study.prepared.part(split)
    return study.known(split, Space(part.blocks).put(part.blocks))


def _grouped(study: Study, inside: Within | None, groups: Ints | None) -> Estimate | None:
    """The score inside training with groups of rows kept together, where there are any."""
    if inside is None or groups is None or not study.clock.has():
        return None
    groups = groups[study.answers.truth["train"].known]
    sizes = np.bincount(groups)[groups]
    if float(np.mean(sizes[inside.rows] > 1)) < LEAST_IN_GROUPS:
        return None
    return by_group(inside, study.asked("train", study.x["train"]), groups)
