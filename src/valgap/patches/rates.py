"""Another learning rate in a script, where its optimiser is made."""

from __future__ import annotations

from valgap.patches.arguments import argument
from valgap.patches.calls import compile_call, optimizer_call, rate_of, scaled
from valgap.patches.change import Change
from valgap.patches.imports import spelled
from valgap.patches.script import CannotPatchError
from valgap.patches.subject import Subject

# Names that `compile` takes, in lower case; how the classes are written.
_CLASSES = ("Adam", "SGD", "RMSprop", "AdamW", "Nadam", "Adagrad", "Adadelta", "Adamax", "Lion")
_BY_NAME = {name.lower(): name for name in _CLASSES}


def with_rate(change: Change, subject: Subject, by: float) -> None:
    """Multiplies the learning rate that the optimiser of the fit is made with.

    Raises:
        CannotPatchError: If the rate is not a number, or not given where it can be seen.
    """
    rate = rate_of(subject)
    call = optimizer_call(change, subject)
    if call is None:
        put_optimizer(change, subject, f"learning_rate={rate * by:.6g}")
        return
    if any(keyword.arg == "lr" for keyword in call.keywords):
        raise CannotPatchError("lr is an argument of Keras 2")
    given = argument(call, "learning_rate", 0)
    if given is None:
        change.with_keyword(call, "learning_rate", f"{rate * by:.6g}")
    else:
        change.with_value(call, given[0], scaled(change.script, given[1], rate, by))


def put_optimizer(change: Change, subject: Subject, arguments: str) -> None:
    """Makes the optimiser of the class that `compile` is given by name.

    Args:
        change: Of the script.
        subject: The fit.
        arguments: What stands between its parentheses.

    Raises:
        CannotPatchError: If the name is not one of Keras' own.
    """
    compiled = subject.fit.compile
    name = _BY_NAME.get(compiled.optimizer.lower()) if compiled else None
    call = compile_call(change.script, subject)
    given = argument(call, "optimizer", 0)
    if name is None or given is None:
        raise CannotPatchError("the optimiser has a name that is not known")
    made = spelled(change, f"keras.optimizers.{name}", call.lineno)
    change.with_value(call, given[0], f"{made}({arguments})")
