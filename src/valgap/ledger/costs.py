"""How many rows fit the time: the pace of passes and of reading, and what follows."""

from __future__ import annotations

import time
from dataclasses import dataclass

from valgap.ledger.clone import NO_AUGMENTATION
from valgap.ledger.forward import Forward
from valgap.ledger.plan import DRAWS
from valgap.ledger.states import Tables
from valgap.ledger.unmeasurable import UnmeasurableError
from valgap.observe.sources.base import Source, Sources, SourceUnreadableError

# Rows of the first look, which tells the pace; and the fewest that an account is worth.
LOOK_ROWS, LEAST_ROWS = 64, 32
# Batches are the unit of the batch-statistics row: with fewer its interval says nothing.
ENOUGH_BATCHES = 3
# Shares of the time left: accounts, of which whole validation rows, and the trace over the
# epochs. What remains is for scoring and for what is slower than foreseen.
_FOR_ACCOUNTS, _FOR_VALIDATION, _FOR_TRACE = 0.5, 0.4, 0.25
# The trace: most and fewest rows a split, epochs it aims at, passes over the rows of each.
_TRACE_ROWS, _LEAST_TRACE_ROWS, _TRACE_EPOCHS, _TRACE_PASSES = 256, 48, 20, 6


@dataclass(frozen=True, slots=True)
class SplitCosts:
    """Seconds a row: of all passes and draws of one account, and of what is read once for all."""

    account: float
    reading: float
    rows: int

    def of(self, epochs: int) -> float:
        """Returns the seconds that a row of the split costs in accounts of that many epochs."""
        return self.account * epochs + self.reading

    def within(self, seconds: float, epochs: int) -> int:
        """Returns how many rows fit, but never fewer than are worth it where there are any."""
        fitting = int(max(0.0, seconds) / max(self.of(epochs), 1e-9))
        return min(self.rows, max(LEAST_ROWS, fitting))


@dataclass(frozen=True, slots=True)
class Costs:
    """What rows of each split cost; `pace` is seconds a row a pass, `batch` that of training."""

    train: SplitCosts
    validation: SplitCosts
    pace: float
    batch: int


@dataclass(frozen=True, slots=True)
class Affordable:
    """How many rows of each split fit the time.

    `trace` is the rows of a split for each epoch of the cheap ledger; `reason` says why
    not all rows are used, where they are not.
    """

    train: int
    validation: int
    trace: int
    reason: str | None


def costs_of(forward: Forward, tables: Tables, sources: Sources, most: int) -> Costs:
    """Returns the costs, measured on the few rows of a first look; `most` bounds each split."""
    pace = _pace(forward, tables)
    kinds = forward.clone.kinds
    noisy = DRAWS if kinds["noise"] or kinds["unknown"] else 1
    fed = DRAWS if noisy > 1 or kinds["augmentation"] or _draws(sources.train) > 1 else 1
    again = 2 if kinds["batch-statistics"] else 0
    held_out = sources.validation
    return Costs(
        train=_split_costs(sources.train, pace, fed + noisy + 2 + 3 * again, most),
        validation=(
            SplitCosts(0.0, 0.0, 0)
            if held_out is None
            else _split_costs(held_out, pace, 1 + _draws(held_out) + again, most)
        ),
        pace=pace,
        batch=sources.train.record.batch_size or LOOK_ROWS,
    )


def affordable(costs: Costs, epochs: int, seconds: float, left: float) -> Affordable:
    """Returns what fits: validation whole if it can be, but always enough training batches.

    Args:
        costs: what rows cost.
        epochs: how many epochs are to have an account.
        seconds: the whole budget, to be named in the reason.
        left: the seconds that are left of it.
    """
    left = min(max(1.0, left), 1e6)
    ours = _FOR_ACCOUNTS * left
    enough = min(costs.train.rows, max(LEAST_ROWS, ENOUGH_BATCHES * costs.batch))
    held_out = costs.validation.within(_FOR_VALIDATION * ours, epochs)
    rows = costs.train.within(ours - held_out * costs.validation.of(epochs), epochs)
    rows = max(rows, enough)
    whole = rows == costs.train.rows and held_out == costs.validation.rows
    reason = None if whole else f"to stay within {seconds:.0f} s"
    a_row = _TRACE_EPOCHS * _TRACE_PASSES * costs.pace
    fitting = int(_FOR_TRACE * left / max(a_row, 1e-9))
    trace = min(_TRACE_ROWS, max(_LEAST_TRACE_ROWS, fitting))
    return Affordable(rows, held_out, trace, reason)


def _pace(forward: Forward, tables: Tables) -> float:
    """Seconds a row of a second small pass: the first one is mostly tracing."""
    table = tables.train_clean or tables.validation_clean
    if table is None and tables.validation_fed is not None:
        table = tables.validation_fed.first
    if table is None:
        raise UnmeasurableError("the rows of neither split can be read again")
    forward.run(table, NO_AUGMENTATION)
    began = time.monotonic()
    forward.run(table, NO_AUGMENTATION)
    return (time.monotonic() - began) / table.rows


def _split_costs(source: Source, pace: float, passes: int, most: int) -> SplitCosts:
    rows = source.record.rows
    reading = _reading(source)
    an_account = pace * passes + reading * (_draws(source) - 1)
    return SplitCosts(an_account, 2 * reading, most if rows is None else min(most, rows))


def _reading(source: Source) -> float:
    """Seconds a row of reading a split as it is fed."""
    began = time.monotonic()
    try:
        rows = source.read("fed", LOOK_ROWS, draw=1).rows
    except SourceUnreadableError:  # said in the account, whose other split can still be read
        return 0.0
    return (time.monotonic() - began) / max(1, rows)


def _draws(source: Source) -> int:
    return DRAWS if source.record.transforms in ("known", "opaque") else 1
