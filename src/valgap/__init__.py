"""valgap: why is my validation bad, and what would make it better?

In a script or a notebook:

    with valgap.watch() as run:            # or callbacks=[valgap.Watch()]
        model.fit(...)
    print(run)
    print(valgap.treat(run, budget="20m"))

    print(valgap.audit("photos/"))         # before any training, without Keras
    print(valgap.diagnose(model, train=(x, y), validation=(xv, yv), history=history))

Importing valgap imports neither Keras nor anything heavy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from valgap.audited import audit
    from valgap.refitting import treated_fit
    from valgap.treated import treat
    from valgap.watched import Run
    from valgap.watching import Watch, diagnose, load, watch

__all__ = ["Run", "Watch", "audit", "diagnose", "load", "treat", "treated_fit", "watch"]
_HOMES = {
    "audit": "valgap.audited",
    "treat": "valgap.treated",
    "treated_fit": "valgap.refitting",
}


def __getattr__(name: str) -> Any:
    """Loads the public names when they are first asked for."""
    if name in __all__:
        return getattr(import_module(_HOMES.get(name, "valgap.watching")), name)
    raise AttributeError(f"module 'valgap' has no attribute {name!r}")
