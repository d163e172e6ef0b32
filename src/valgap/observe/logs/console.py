"""What Keras prints while it trains, as pasted: Keras 0 to 3, verbose 1 and 2."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from valgap.evidence.log import Log
from valgap.observe.logs import console_line as line_of
from valgap.observe.logs.console_text import segments
from valgap.observe.logs.curves import Curves
from valgap.observe.logs.form import log_form
from valgap.observe.logs.records import MOST_FITS, numbered
from valgap.observe.logs.source import Source

NAME = "Keras console output"


def _knows(source: Source) -> bool:
    text = (source.text_head or "")[: 1 << 16]
    told = list(segments([text]))
    has_header = any(line_of.HEADER.search(s) or line_of.bare_epoch(s) is not None for s in told)
    # One such line stands in a manual; a log has two.
    return has_header and sum(bool(line_of.figures(s)) for s in told) > 1


@log_form(NAME, knows=_knows, rank=90)
def read_console(source: Source) -> Iterable[Log]:
    """Gives one log a fit: where the epochs count from the start again, another fit begins."""
    console = Console(source.name)
    console.read(source.text())
    return console.logs()


@dataclass(slots=True)
class Epoch:
    """The figures of one epoch, each as last printed.

    It is closed once validation has been printed: what comes then is of `evaluate` or
    `predict`, as is a bar of another length.
    """

    number: int
    values: dict[str, float] = field(default_factory=dict)
    total: int | None = None
    done: int | None = None
    is_closed: bool = False

    def take(self, found: dict[str, float], steps: tuple[int, int] | None) -> None:
        """Notes the figures of a line, unless they are not of this epoch's training."""
        is_last = any(name.startswith("val_") for name in found)
        restarts = (
            steps is not None
            and self.total is not None
            and (steps[1] != self.total or steps[0] < (self.done or 0))
        )
        if not is_last and (self.is_closed or (restarts and bool(self.values))):
            return
        if steps is not None:
            self.done, self.total = steps
        self.values.update(found)
        self.is_closed = self.is_closed or is_last

    @property
    def is_cut(self) -> bool:
        """Whether it was left before its last step."""
        early = self.done is not None and self.total is not None and self.done < self.total
        return early and not self.is_closed


@dataclass(slots=True)
class Fit:
    """One call of fit, or a loop of calls of one epoch each, counted on."""

    planned: int | None
    curves: Curves = field(default_factory=Curves)
    epoch: Epoch | None = None
    before: int = 0
    calls: int = 1
    told: int = 0
    notes: list[str] = field(default_factory=list)

    def begin(self, number: int) -> None:
        """Begins the epoch of that number."""
        self.commit()
        self.epoch = Epoch(number)

    def commit(self, *, at_the_end: bool = False) -> None:
        """Notes the figures of the epoch that is over."""
        epoch, self.epoch = self.epoch, None
        if epoch is None or not epoch.values:
            return
        at = self.before + epoch.number
        if at_the_end and epoch.is_cut and self.told:
            self.notes.append(f"epoch {at:,} was not finished: it is left out")
            return
        self.told += 1
        for name, value in epoch.values.items():
            self.curves.put(name, at, value)


@dataclass(slots=True)
class Console:
    """Reads segments one after the other and keeps the fits that were seen."""

    name: str
    fits: list[Fit] = field(default_factory=list)
    fit: Fit | None = None
    rows: int | None = None
    beyond: int = 0
    counts_itself: bool = False

    def read(self, pieces: Iterable[str]) -> None:
        """Goes through a text that comes in pieces."""
        for line in _joined(segments(pieces)):
            self._take(line)
        self._end()

    def logs(self) -> list[Log]:
        """Gives back one log a fit."""
        return numbered([self._log(fit) for fit in self.fits], self.beyond)

    def _take(self, line: str) -> None:
        headers = list(line_of.HEADER.finditer(line)) if "poch" in line else []
        bare = line_of.bare_epoch(line) if not headers and "poch" in line else None
        if bare is not None:
            self._begin(bare + 1, None, {})
            return
        # A paste that has lost its ends of line holds several headers in one.
        ends = [*(header.start() for header in headers), len(line)]
        self._plain(line[: ends[0]])
        for header, end in zip(headers, ends[1:], strict=True):
            rest = line[header.end() : end]
            self._begin(int(header[1]), int(header[2]), line_of.figures(rest))
            self._plain(rest)

    def _plain(self, text: str) -> None:
        if ":" in text:
            self._bars(text)
        elif "samples" in text or "validation" in text:
            self.rows = line_of.rows(text) or self.rows

    def _bars(self, text: str) -> None:
        for part in line_of.bars(text):
            self._figures(part)

    def _figures(self, text: str) -> None:
        epoch = self.fit.epoch if self.fit else None
        found = line_of.figures(text)
        if not found and epoch is not None:
            found = line_of.rest_of_figures(text, epoch.values)
        if not found:
            return
        is_last = any(name.startswith("val_") for name in found)
        if epoch is None or (self.counts_itself and epoch.is_closed and is_last):
            epoch = self._next_uncounted(is_last)
        if epoch is not None:
            epoch.take(found, line_of.steps(text))

    def _next_uncounted(self, is_last: bool) -> Epoch | None:
        """Begins an epoch where no header was pasted: each line with validation ends one."""
        if not is_last:
            return None
        self.counts_itself = True
        if self.fit is None:
            self.fit = Fit(None, notes=["no line such as Epoch 1/10: lines are counted as epochs"])
        self.fit.begin(self.fit.told + 1 + (self.fit.epoch is not None))
        return self.fit.epoch

    def _begin(self, number: int, planned: int | None, found: dict[str, float]) -> None:
        fit = self.fit
        self.counts_itself = False
        if fit is None or fit.epoch is None:
            self._start(number, planned)
        elif number > fit.epoch.number:
            fit.planned = planned
            fit.begin(number)
        elif number == fit.epoch.number and _goes_on(fit.epoch, found):
            return
        elif planned == 1 and fit.planned == 1:
            fit.commit()
            fit.before += 1
            fit.calls += 1
            fit.begin(number)
        else:
            self._start(number, planned)

    def _start(self, number: int, planned: int | None) -> None:
        self._end()
        self.fit = Fit(planned)
        self.fit.begin(number)

    def _end(self) -> None:
        if self.fit is None:
            return
        self.fit.commit(at_the_end=True)
        if self.fit.told and len(self.fits) < MOST_FITS:
            self.fits.append(self.fit)
        else:
            self.beyond += bool(self.fit.told)
        self.fit = None

    def _log(self, fit: Fit) -> Log:
        notes = [*fit.notes, *fit.curves.notes()]
        if fit.calls > 1:
            notes.append(f"{fit.calls:,} calls of one epoch each are read as one fit")
        planned = fit.planned if fit.calls == 1 else None
        figures = fit.curves.told()
        return Log(self.name, NAME, figures, planned=planned, rows=self.rows, notes=tuple(notes))


def _goes_on(epoch: Epoch, found: dict[str, float]) -> bool:
    """Whether a header of the same number is no new fit: nothing was told yet, or more is."""
    if not epoch.values:
        return True
    repeats = any(name.startswith("val_") for name in found)
    return bool(found) and (repeats or not epoch.is_closed)


def _joined(lines: Iterable[str]) -> Iterator[str]:
    """Joins lines that a narrow window has wrapped between two figures."""
    held = ""
    for line in lines:
        whole = f"{held.rstrip()} {line.lstrip()}" if held else line
        if line_of.is_wrapped(whole):
            held = whole
            continue
        held = ""
        yield whole
    if held:
        yield held
