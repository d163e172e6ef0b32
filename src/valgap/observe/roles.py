"""What an estimator of scikit-learn is for, and the shape of what it makes; no value is read."""

from __future__ import annotations

from typing import Any

from valgap.evidence.records import EstimatorRecord, EstimatorRole

_STEPS = ("Pipeline", "FeatureUnion", "ColumnTransformer")
_SCALERS = ("PowerTransformer", "QuantileTransformer")
_DECOMPOSITIONS = (
    "sklearn.decomposition",
    "sklearn.cross_decomposition",
    "sklearn.discriminant_analysis",
    "sklearn.kernel_approximation",
    "sklearn.manifold",
    "sklearn.neighbors._nca",
)
# Number of columns that come out, by the names it has in different classes.
_COLUMNS = ("_n_features_out", "n_output_features_", "n_components_")


def read_estimator(estimator: Any, method: str, given: Any, result: Any) -> EstimatorRecord:
    """Returns the record of a call that has ended.

    Args:
        estimator: as it is after the call.
        method: the name of its method.
        given: positional and keyword arguments.
        result: what came back.
    """
    x, y = _arguments(*given)
    rows, columns = _shape(x)
    role = role_of(estimator)
    resampled = result[0] if role == "sampler" and isinstance(result, tuple) else None
    made = columns_of(estimator, result)
    return EstimatorRecord(
        cls=type(estimator).__name__,
        module=type(estimator).__module__,
        method=method,
        role=role,
        rows=rows,
        columns=_count(estimator, "n_features_in_") if columns is None else columns,
        with_y=y is not None,
        supervised=y is not None and _learns_from_labels(estimator, role),
        rows_out=_shape(resampled)[0],
        columns_out=made,
        columns_after=made,
        levels=_levels(estimator) if role == "encoder" else None,
    )


def role_of(estimator: Any) -> EstimatorRole:
    """Returns what a fitted estimator is for; what learns nothing from rows is `other`."""
    if hasattr(estimator, "fit_resample"):
        return "sampler"
    if hasattr(estimator, "get_support"):
        return "selector"
    roles = (_role_of_class(cls, estimator) for cls in type(estimator).__mro__)
    return next((role for role in roles if role is not None), "other")


def _role_of_class(cls: type, estimator: Any) -> EstimatorRole | None:
    name, module = cls.__name__, cls.__module__
    if module.startswith("sklearn.preprocessing"):
        if name.endswith("Scaler") or name in _SCALERS:
            return "scaler"
        return "encoder" if name.endswith("Encoder") else None
    if module.startswith(_DECOMPOSITIONS) and transforms(estimator):
        return "decomposition"
    learns_words = hasattr(estimator, "vocabulary_") or name == "TfidfTransformer"
    if module.startswith("sklearn.feature_extraction") and learns_words:
        return "vocabulary"
    return None


def is_made_of_steps(estimator: Any) -> bool:
    """Whether it is a pipeline, or the like, of other estimators."""
    return any(
        c.__name__ in _STEPS and c.__module__.startswith(("sklearn.", "imblearn."))
        for c in type(estimator).__mro__
    )


def transforms(estimator: Any) -> bool:
    """Whether it gives back rows to go on with; a predictor does not."""
    return any(hasattr(estimator, n) for n in ("transform", "fit_transform", "fit_resample"))


def of_targets(method: Any) -> bool:
    """Whether a method is given labels only, as those of `LabelBinarizer` are."""
    while hasattr(method, "__wrapped__"):
        method = method.__wrapped__
    code = getattr(method, "__code__", None)
    return code is not None and code.co_varnames[1:2] == ("y",)


def columns_of(estimator: Any, result: Any) -> int | None:
    """Returns how many columns come out: as its call gave them back, or as it says itself."""
    returned = _shape(result[0] if isinstance(result, tuple) and result else result)[1]
    if returned is not None:
        return returned
    if hasattr(estimator, "get_support"):
        return int(estimator.get_support().sum())
    if any(cls.__name__ == "OneToOneFeatureMixin" for cls in type(estimator).__mro__):
        return _count(estimator, "n_features_in_")
    for name in _COLUMNS:
        if (number := _count(estimator, name)) is not None:
            return number
    for name in ("vocabulary_", "encodings_"):
        if hasattr(estimator, name):
            return len(getattr(estimator, name))
    return _named_columns(estimator)


def _named_columns(estimator: Any) -> int | None:
    """Names are made anew where they are asked for: not of the many levels of an encoder."""
    if hasattr(estimator, "categories_") or not hasattr(estimator, "get_feature_names_out"):
        return None
    try:
        return len(estimator.get_feature_names_out())
    except Exception:  # a step without names, in words that differ from class to class
        return None


def _learns_from_labels(estimator: Any, role: EstimatorRole) -> bool:
    if role == "selector":  # a threshold on the variance is handed labels for form's sake
        return not any(cls.__name__ == "VarianceThreshold" for cls in type(estimator).__mro__)
    if role == "sampler":
        return True
    if hasattr(estimator, "__sklearn_tags__"):
        return bool(estimator.__sklearn_tags__().target_tags.required)
    tags: Any = getattr(estimator, "_get_tags", dict)()  # until 1.5
    return bool(tags.get("requires_y"))


def _arguments(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any]:
    """The rows and the labels; vectorisers call theirs by another name."""
    named = kwargs.get("X", kwargs.get("raw_documents"))
    rest = args[1:] if named is None else args
    return (args[0] if args and named is None else named), (rest[0] if rest else kwargs.get("y"))


def _shape(data: Any) -> tuple[int | None, int | None]:
    shape = getattr(data, "shape", None)
    if isinstance(shape, tuple) and shape:
        return int(shape[0]), int(shape[1]) if len(shape) == 2 else None
    return (len(data) if isinstance(data, list | tuple) else None), None


def _levels(estimator: Any) -> int | None:
    told = getattr(estimator, "categories_", None)
    return None if told is None else sum(len(column) for column in told)


def _count(estimator: Any, name: str) -> int | None:
    number = getattr(estimator, name, None)
    return None if number is None or isinstance(number, str | float) else int(number)
