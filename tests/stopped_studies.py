"""A study that is stopped and gone on with, and what has to come of it."""

from __future__ import annotations

import pytest
from treat_protocol import ended

from valgap.treatment.jobs import Memory
from valgap.treatment.record import to_json


def assert_goes_on_the_same(study_of, stops_after):
    """Asserts that it ends as if it was never stopped, and that no trial is made twice.

    Gives back the engines of the whole study, and of that before and after the stop.
    """
    whole, engine = study_of()
    expected, _ = ended(whole)
    store = Memory()
    first, cut_off = study_of(store=store, stops_after=stops_after)
    with pytest.raises(KeyboardInterrupt):
        list(first.run())
    again, rest = study_of(store=store)
    assert to_json(ended(again)[0]) == to_json(expected)
    assert not set(cut_off.made) & set(rest.made)
    assert set(cut_off.made) | set(rest.made) == set(engine.made)
    return engine, cut_off, rest
