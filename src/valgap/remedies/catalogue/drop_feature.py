"""The feature that gives the label away held still."""

from __future__ import annotations

import numpy as np

from valgap.experiments.arms import CannotVaryError
from valgap.experiments.change import SEED, labels_of
from valgap.observe.recipe import Recipe
from valgap.remedies.base import remedy
from valgap.remedies.masking import features_of, holding

# Half a point from perfect by one small tree, as DAT107 has it.
PERFECT, LEAVES, LEAST_OF_A_LEAF, FOLDS = 0.995, 16, 5, 5
MOST_FEATURES = 512


@remedy(
    name="drop-feature",
    treats=("DAT107",),
    room="model",
    changed="the feature that tells the class by itself: held at its mean by the model",
    safe=False,
    excludes=("pretrained-backbone",),
    # Behind scale-inputs, which takes rescaling that it finds behind the inputs away.
    order=1,
)
def drop_feature(recipe: Recipe, option: str) -> Recipe:
    """The feature that alone tells the class almost perfectly held at its training mean.

    What it changes: Rescaling of Keras behind the input multiplies that feature by 0 and adds
    its mean; the model takes what it took before. It is the one by which a tree of sixteen
    leaves, out of fold, has a balanced accuracy of .995 or more on training rows; or the one that
    the option names, such as `x[3]`.

    When it helps: the feature is made from the label, or known only once the label is. The
    score then falls, and what is left is what the model is worth where it is used.

    What it can harm: a feature that is known in time is what the task is about. Whether it is,
    only its origin can tell.

    References: Kaufman et al., Leakage in Data Mining, 2012.
    """
    arrays = features_of(recipe)
    name, feature = _named(arrays, option) if option else _telling(recipe, arrays)
    values = np.asarray(arrays[name][..., feature], np.float64)
    known = values[np.isfinite(values)]
    mean = float(known.mean()) if len(known) else 0.0
    return holding(recipe, {name: {feature: mean}})


def _named(arrays: dict[str, np.ndarray], option: str) -> tuple[str, int]:
    for name, array in arrays.items():
        for feature in range(array.shape[-1]):
            if f"{name}[{feature}]" == option:
                return name, feature
    raise CannotVaryError(f"no feature is named {option}")


def _telling(recipe: Recipe, arrays: dict[str, np.ndarray]) -> tuple[str, int]:
    codes = np.unique(labels_of(recipe.train), return_inverse=True)[1].reshape(-1)
    if len(np.unique(codes)) < 2 or np.bincount(codes).min() < FOLDS:
        raise CannotVaryError(f"a class has fewer than {FOLDS} training rows")
    count = sum(array.shape[-1] for array in arrays.values())
    if count > MOST_FEATURES:
        raise CannotVaryError(f"one is looked for among {MOST_FEATURES} features, not {count}")
    told = {
        (name, j): _skill(array[..., j].reshape(len(array), -1), codes)
        for name, array in arrays.items()
        for j in range(array.shape[-1])
    }
    best = max(told, key=lambda place: told[place])
    if told[best] < PERFECT:
        raise CannotVaryError("no feature tells the class by itself")
    return best


def _skill(x: np.ndarray, codes: np.ndarray) -> float:
    from sklearn.metrics import balanced_accuracy_score
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.tree import DecisionTreeClassifier

    tree = DecisionTreeClassifier(
        max_leaf_nodes=LEAVES,
        min_samples_leaf=LEAST_OF_A_LEAF,
        class_weight="balanced",
        random_state=0,
    )
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
    values = np.nan_to_num(x, posinf=0.0, neginf=0.0)
    return float(balanced_accuracy_score(codes, cross_val_predict(tree, values, codes, cv=folds)))
