"""What the tests of the probes share: a watched fit, measured without a ledger."""

import tempfile
from pathlib import Path
from unittest.mock import patch

import keras

from valgap.evidence.model import LayerMeasured, ModelMeasured, RateMeasured
from valgap.evidence.records import TargetRecord
from valgap.evidence.rows import RowsRecord
from valgap.ledger.plan import Budget
from valgap.ledger.probes.gather import measure
from valgap.session import Session


def measured(
    model: keras.Model, *data: object, rows: int = 1000, seconds: float = 60, **fitting: object
):
    """Fits a compiled model under observation and gives back what was measured of it.

    The rows themselves are left aside, as they have tests of their own.
    """
    session = Session(TargetRecord("script.py"), root=Path(tempfile.mkdtemp()), draw_ledger=False)
    session.install()
    try:
        model.fit(*data, **{"verbose": 0} | fitting)
    except Exception as error:  # as a script's own exception would be
        print(error)
    session.uninstall()
    session._watch.end_left()
    (live,) = session._watch.fits
    store, number = session._watch.store, live.record.id
    leave = lambda *_: RowsRecord(number)  # noqa: E731
    with patch("valgap.ledger.probes.rows.measure.measure_rows", leave):
        _, found = measure(
            live, Budget(seconds, rows), lambda name: store.read_weights(number, name)
        )
    return found


def layer(found: ModelMeasured, name: str) -> LayerMeasured:
    """The layer of that name."""
    return next(one for one in found.layers if one.name == name)


def rate(found: ModelMeasured, at: str = "start") -> tuple[RateMeasured, float]:
    """The steps from the start or the end, and the loss after the one at the rate itself."""
    made = next(r for r in found.rates if r.at == at)
    return made, next(s.loss for s in made.losses if s.multiple == 1.0)
