"""Moving statistics of batch normalisation that keep up."""

from __future__ import annotations

from valgap.patches.change import Change
from valgap.patches.layers import made_by_script, makers
from valgap.patches.registry import patch
from valgap.patches.script import CannotPatchError
from valgap.patches.subject import Subject

MOMENTUM = 0.9
_MOMENTUM_AT = 1  # axis comes before it


@patch("batchnorm-momentum")
def batchnorm_momentum(change: Change, subject: Subject) -> None:
    """Gives all batch normalisation of the model a momentum of .9, where it had more."""
    layers = [
        la for la in made_by_script(subject.fit.model.layers) if la.cls == "BatchNormalization"
    ]
    told = [layer.config.get("momentum") for layer in layers]
    if not all(isinstance(value, int | float) and value > MOMENTUM for value in told):
        raise CannotPatchError(f"a momentum is {MOMENTUM} or less already")
    for call in makers(change, layers):
        if len(call.args) > _MOMENTUM_AT:
            raise CannotPatchError("momentum is given by position")
        change.with_keyword(call, "momentum", str(MOMENTUM))
