"""All that is measured of the rows of one fit, within a few seconds, whatever the rows are."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from functools import cached_property
from typing import TypeVar

import numpy as np

from valgap.evidence.records import Split
from valgap.evidence.rows import InputRecord, References, RowsRecord, TargetRecord
from valgap.ledger.probes.rows.clock import Clock, NotApplicableError, OutOfTimeError
from valgap.ledger.probes.rows.drift import drift
from valgap.ledger.probes.rows.inputs import input_records
from valgap.ledger.probes.rows.label_noise import label_noise
from valgap.ledger.probes.rows.neighbours import neighbours
from valgap.ledger.probes.rows.prepared import Prepared
from valgap.ledger.probes.rows.references import references, within_rows
from valgap.ledger.probes.rows.subclasses import subclasses
from valgap.ledger.probes.rows.targets import target_records
from valgap.ledger.probes.sampled import Sampled
from valgap.observe.sources.base import Table

T = TypeVar("T")

LONGEST_REASON = 120
_SPLITS: tuple[Split, ...] = ("train", "validation")


def measure_rows(
    fit: int,
    sampled: Sampled,
    seconds: float,
    fed: Mapping[Split, Table] | None = None,
    transformed: Table | None = None,
) -> RowsRecord:
    """Returns what could be measured of the rows; what could not has its reason in `missing`.

    Draws from generators of its own: global random states are left as they are.

    Args:
        fit: the number of the fit.
        sampled: clean rows of both splits, and what the own model makes of them.
        seconds: the time it may take. No part is begun after it; the last may run over.
        fed: rows as the script feeds them, for splits where that is another view.
        transformed: training rows as random transforms change them, where there are any.
    """
    import sklearn.utils.extmath  # loads the libraries whose threads are limited

    threads = importlib.import_module("threadpoolctl")  # has no types

    measuring = _Measuring(sampled, Clock(seconds), fed or {}, transformed)
    # Many small products: threads that wait for each other cost more than they bring.
    with ExitStack() as quiet:
        quiet.enter_context(threads.threadpool_limits(1))
        quiet.enter_context(sklearn.config_context(skip_parameter_validation=True))
        quiet.enter_context(warnings.catch_warnings())
        quiet.enter_context(np.errstate(all="ignore"))
        warnings.simplefilter("ignore")
        return measuring.record(fit)


class _Measuring:
    def __init__(
        self,
        sampled: Sampled,
        clock: Clock,
        fed: Mapping[Split, Table],
        transformed: Table | None,
    ) -> None:
        self.sampled, self.clock, self.fed = sampled, clock, fed
        self.transformed = transformed
        self.missing: dict[str, str] = {}

    @cached_property
    def prepared(self) -> Prepared:
        return Prepared(self.sampled)

    def record(self, fit: int) -> RowsRecord:
        inputs = self._part("inputs", self._inputs) or ()
        targets = self._part("targets", self._targets) or ()
        near = self._part("neighbours", lambda: neighbours(self.prepared, self.clock))
        groups = near[1] if near else None
        cheap = self._part("references", lambda: references(self.prepared, self.clock, groups))
        for name, reason in (cheap[1] if cheap else {}).items():
            self.missing.setdefault(name, reason)
        return RowsRecord(
            fit,
            inputs,
            targets,
            references=self._with_transformed(cheap[0]) if cheap else None,
            neighbours=near[0] if near else None,
            drift=self._part("drift", lambda: drift(self.prepared, self.clock)),
            label_noise=self._part("label_noise", lambda: label_noise(self.prepared, self.clock)),
            subclasses=self._part(
                "subclasses", lambda: subclasses(self.prepared, self.clock, groups)
            )
            or (),
            missing=self.missing,
            seconds=self.clock.spent,
        )

    def _with_transformed(self, found: References) -> References:
        """Adds what is left of the score within training once rows are transformed."""
        changed = self.transformed
        if changed is None:
            return found
        own = self._part("transformed", lambda: within_rows(self.sampled, changed, self.clock))
        return replace(found, transformed=own)

    def _inputs(self) -> tuple[InputRecord, ...]:
        found: list[InputRecord] = []
        for split in _SPLITS:
            table = self.sampled.tables.get(split)
            if table is not None:
                found += input_records(split, table, self.fed.get(split))
        if not found:
            raise NotApplicableError("there are no rows")
        return tuple(found)

    def _targets(self) -> tuple[TargetRecord, ...]:
        found: list[TargetRecord] = []
        for split in _SPLITS:
            table = self.sampled.tables.get(split)
            if table is not None:
                stored = self.sampled.stored_order.get(split, False)
                found += target_records(split, table, stored)
        if not found:
            raise NotApplicableError("there are no targets")
        return tuple(found)

    def _part(self, name: str, make: Callable[[], T]) -> T | None:
        """Makes one part; whatever goes wrong becomes its reason for being missing."""
        try:
            self.clock.need()
            return make()
        except (NotApplicableError, OutOfTimeError) as reason:
            self.missing[name] = str(reason)
        except Exception as error:  # a part that fails must not take the others with it
            told = " ".join(f"{type(error).__name__}: {error}".split())
            self.missing[name] = told[:LONGEST_REASON]
        return None
