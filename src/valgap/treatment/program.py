"""`treated.py` where no change can be made in the text of a script: a program that runs it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from valgap.evidence.home import with_home
from valgap.evidence.records import FitRecord
from valgap.evidence.store import StoredRun
from valgap.treatment.record import Treatment

GROUPS = "groups.npz"
# Of training and of validation rows, one a row.
Groups = tuple[NDArray[Any], NDArray[Any]]

_TEXT = '''"""{script}, with what `valgap treat` found to help put on its fit.

It runs {script} as it is, up to that fit: rows are loaded and the model is built as ever. The
fit is then made with the remedies, on the same rows; what stands behind it is not run. It takes
valgap. Start it with `python`, in the folder that {script} is started in.
"""
{imports}
import valgap

model = valgap.treated_fit(
    {quoted},
    remedies={remedies},
{options})
model.save("treated.keras")
for figure, by_epoch in model.history.history.items():
    print(f"{{figure}}: {{by_epoch[-1]:.4g}}")
'''


def program_of(
    run: StoredRun, fit: FitRecord, treatment: Treatment, groups: Groups | None = None
) -> str | None:
    """Gives back a program that runs the script of a run and makes its fit with remedies.

    Args:
        run: the run.
        fit: the one that was treated.
        treatment: with the remedies, and the seed of the model that is reported.
        groups: where they are known; they lie in a file beside the program.

    Returns:
        None where the run is of no script that can be started by its path.
    """
    script = run.record.target.script
    if script is None or not (script.endswith(".py") or Path(with_home(script)).exists()):
        return None
    side = treatment.look.treated if treatment.look else None
    options = {
        "args": _tuple(run.record.target.args) if run.record.target.args else None,
        "fit": str(fit.id + 1) if fit.id else None,
        "seed": str(side.seed) if side and side.seed else None,
        "backend": _quoted(run.record.environment.backend or "tensorflow"),
        "known": f'Path(__file__).with_name("{GROUPS}")' if groups is not None else None,
    }
    return _TEXT.format(
        script=Path(script).name.replace("\\", "/").replace('"', "'"),
        imports="\nfrom pathlib import Path\n" if groups is not None else "",
        quoted=_quoted(script),
        remedies=_tuple(treatment.treated),
        options="".join(f"    {name}={value},\n" for name, value in options.items() if value),
    )


def write_groups(path: Path, groups: Groups) -> None:
    """Writes groups as `valgap run --known` reads them."""
    train, validation = (g.astype(str) if g.dtype == object else g for g in groups)
    np.savez(path, train_groups=train, validation_groups=validation)


def _tuple(texts: tuple[str, ...]) -> str:
    return f"({', '.join(map(_quoted, texts))}{',' if len(texts) == 1 else ''})"


def _quoted(text: str) -> str:
    """A text as Python source, in double quotes where that can be."""
    return json.dumps(text) if text.isascii() and text.isprintable() else repr(text)
