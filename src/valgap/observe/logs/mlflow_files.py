"""MLflow's own folders: a file a metric, a line a value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from valgap.evidence.log import Log, Points, Unit
from valgap.observe.logs.curves import Curves, number
from valgap.observe.logs.form import log_form
from valgap.observe.logs.source import Source

NAME = "MLflow metrics"
FOLDER = "metrics"
# Milliseconds since 1970, the value, the step.
_LINE = re.compile(r"(\d{10,16}) (\S{1,40}) (-?\d{1,18})(?: \S{1,80}){0,2}")
_LOOKED_AT = 5


def _knows(source: Source) -> bool:
    text = source.text_head
    lines = [line for line in (text or "")[:2_000].splitlines()[:_LOOKED_AT] if line.strip()]
    return bool(lines) and _LINE.fullmatch(lines[0].strip()) is not None


def _together(name: str, sources: Sequence[Source]) -> Iterable[Log]:
    by_run: dict[Path, list[tuple[str, Source]]] = {}
    for source in sources:
        run, figure = _place(source)
        by_run.setdefault(run, []).append((figure, source))
    for run, metrics in by_run.items():
        yield _log(name, metrics, part=run.name if len(by_run) > 1 else None)


@log_form(NAME, knows=_knows, together=_together)
def read(source: Source) -> Iterable[Log]:
    """Gives the log of one metric alone; the folder of a run tells all of them."""
    return [_log(source.name, [(_place(source)[1], source)], part=None)]


def _place(source: Source) -> tuple[Path, str]:
    """Gives the folder of the run and the name of the metric, which may hold slashes."""
    path = source.path or Path(source.name)
    parts = path.parts
    if FOLDER not in parts[:-1]:
        return path.parent, path.name
    at = len(parts) - 1 - parts[::-1].index(FOLDER)
    return Path(*parts[:at]), "/".join(parts[at + 1 :])


def _log(name: str, metrics: Sequence[tuple[str, Source]], part: str | None) -> Log:
    curves = Curves()
    for figure, source in metrics:
        for step, value in _values(source):
            curves.put(figure, step, value)
    return by_step(Log(name, NAME, curves.told(), part=part, notes=curves.notes()))


def _values(source: Source) -> Iterator[tuple[float, float]]:
    for line in source.lines():
        found = _LINE.fullmatch(line.strip())
        value = number(found[2]) if found else None
        if found and value is not None:
            yield float(found[3]), value


def by_step(log: Log) -> Log:
    """Gives back a log whose steps are epochs where they count on by one, as Keras' do."""
    steps = sorted({at for points in log.figures.values() for at, _ in points})
    counts_on = bool(steps) and steps == [steps[0] + i for i in range(len(steps))]
    by_epoch = counts_on and steps[0] in (0.0, 1.0)
    unit: Unit = "epoch" if by_epoch else "step"
    shift = 1.0 if by_epoch and steps[0] == 0.0 else 0.0
    figures: Mapping[str, Points] = {
        name: tuple((at + shift, value) for at, value in points)
        for name, points in log.figures.items()
    }
    return Log(log.source, log.form, figures, unit, log.part, notes=log.notes)
