"""What evidence a check can ask for, by name; and why it is not there."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from valgap.case import Case, unmixed

_ROWS = (
    "inputs",
    "targets",
    "references",
    "neighbours",
    "drift",
    "label_noise",
    "subclasses",
)
OF_DATA = {
    *("validation", "shared-rows", "files", "fitted-or-drift", "validation-inputs"),
    *(part.replace("_", "-") for part in _ROWS),
}
"""Needs that data without a fit can meet."""

_ABSENT = {
    "attention": "the model holds no softmax over positions",
    "permuted": "no input has steps or frames",
}
_MODEL = ("heads", "layers", "attention", "predictions", "rates", "permuted")
# Fields of layers, which may be empty for want of time while the layers themselves are known.
_OF_LAYERS = (
    "weights",
    "activations",
    "gradients",
    "masks",
    "changed_mode",
    "ignored_arguments",
)


def missing(needs: Iterable[str], case: Case) -> str | None:
    """Gives back why the first need that is not met is not, or None if all are."""
    return next((reason for need in needs if (reason := NEEDS[need](case))), None)


def _validation(case: Case) -> str | None:
    return "the fit has no validation data" if case.fit.validation is None else None


def _validation_loss(case: Case) -> str | None:
    return None if case.history("val_loss") else "no validation loss was logged"


def _epochs(least: int) -> Callable[[Case], str | None]:
    def reason(case: Case) -> str | None:
        found = len(case.history("val_loss"))
        if found >= least:
            return None
        return f"it takes {least} epochs with a validation loss, the fit has {found}"

    return reason


def _ledger(case: Case) -> str | None:
    if case.ledger is None:
        return "no ledger was drawn up"
    if case.ledger.accounts:
        return None
    return case.ledger.unmeasured or "the ledger holds no account"


def _loss_gap(case: Case) -> str | None:
    if reason := _ledger(case):
        return reason
    return None if case.accounts() else "the ledger has no account of the loss"


def _generalisation(case: Case) -> str | None:
    if reason := _loss_gap(case):
        return reason
    if any(unmixed(account, "generalisation") for account in case.accounts()):
        return None
    rows = (row for a in case.accounts() for row in a.rows if row.row == "generalisation")
    told = next((row.reason for row in rows if row.reason), None)
    return told or "the generalisation row could not be told from the rows before it"


def _batch_statistics(case: Case) -> str | None:
    if not case.layers(lambda layer: layer.kind == "batch-statistics"):
        return "the model has no layer of batch statistics"
    if reason := _ledger(case):
        return reason
    return None if case.reestimations() else "batch statistics were not re-estimated"


def _shared_rows(case: Case) -> str | None:
    if case.ledger is None:
        return "no ledger was drawn up"
    found = case.ledger.shared_rows
    return None if found is not None else "the rows of the two splits were not compared"


def _epoch_pair(case: Case) -> str | None:
    history = case.history("val_loss")
    last_is_best = bool(history) and min(history.values()) == list(history.values())[-1]
    if last_is_best or case.epoch_pair():
        return None
    return "the last epoch was not compared with the best"


def _of_rows(part: str) -> Callable[[Case], str | None]:
    def reason(case: Case) -> str | None:
        if case.rows is None:
            return "the rows were not measured"
        told = case.rows.missing.get(part, f"no {part.replace('_', ' ')} could be measured")
        return None if getattr(case.rows, part) else told

    return reason


def _of_model(part: str) -> Callable[[Case], str | None]:
    def reason(case: Case) -> str | None:
        if case.model is None:
            return "the model was not measured"
        told = case.model.missing.get(part, _ABSENT.get(part, f"no {part} could be measured"))
        return None if getattr(case.model, part) else told

    return reason


def _of_layers(part: str) -> Callable[[Case], str | None]:
    def reason(case: Case) -> str | None:
        return _of_model("layers")(case) or (case.model.missing.get(part) if case.model else None)

    return reason


def _heads_or_error(case: Case) -> str | None:
    return None if case.fit.status == "raised" and case.fit.error else _of_model("heads")(case)


def _validation_predictions(case: Case) -> str | None:
    if reason := _of_model("predictions")(case):
        return reason
    return None if case.predictions() else "no prediction of validation rows was made"


def _validation_inputs(case: Case) -> str | None:
    if reason := _of_rows("inputs")(case):
        return reason
    return None if case.inputs("validation") else "validation inputs were not read"


def _files(case: Case) -> str | None:
    if case.rows and case.rows.files:
        return None
    told = case.rows.missing.get("files") if case.rows else None
    return told or "no files that rows are read from were looked at"


def _fitted_or_drift(case: Case) -> str | None:
    reason = _of_rows("drift")(case)
    if reason is None or case.fit.fitted:
        return None
    return f"{reason}; {case.fit.fitted_note}" if case.fit.fitted_note else reason


def _seeds(case: Case) -> str | None:
    if case.model and case.model.seeds:
        return None
    told = case.model.missing.get("seeds") if case.model else None
    return told or "it takes several like fits at one call site, and is told at the last of them"


def _steps(case: Case) -> str | None:
    return None if case.steps else "the loss was not recorded step by step"


NEEDS: dict[str, Callable[[Case], str | None]] = {
    "validation": _validation,
    "validation-loss": _validation_loss,
    "two-epochs": _epochs(2),
    "six-epochs": _epochs(6),
    "ledger": _ledger,
    "loss-gap": _loss_gap,
    "generalisation": _generalisation,
    "batch-statistics": _batch_statistics,
    "shared-rows": _shared_rows,
    "epoch-pair": _epoch_pair,
    "steps": _steps,
    "heads-or-error": _heads_or_error,
    "files": _files,
    "seeds": _seeds,
    "fitted-or-drift": _fitted_or_drift,
    "validation-predictions": _validation_predictions,
    "validation-inputs": _validation_inputs,
    **{part.replace("_", "-"): _of_rows(part) for part in _ROWS},
    **{part.replace("_", "-"): _of_model(part) for part in _MODEL},
    **{part.replace("_", "-"): _of_layers(part) for part in _OF_LAYERS},
}
