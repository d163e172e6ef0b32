"""The plain baseline with rate, weight decay and batch size tuned together."""

from __future__ import annotations

from valgap.experiments.arms import CannotVaryError
from valgap.experiments.change import with_rate
from valgap.observe.recipe import Recipe
from valgap.remedies.base import remedy
from valgap.remedies.catalogue.larger_batches import sized
from valgap.remedies.optimizers import with_settings

NAME = "tuned-baseline"
# Of the recorded rate and batch size so many times; decay as the optimiser takes it.
RATES = (0.01, 100.0)
DECAYS = (0.0, 0.001, 0.01, 0.1, 1.0)
BATCHES = (0.25, 0.5, 1.0, 2.0)
LEAST_ROWS = 4


def arm_of(rate: float, decay: float, batch: float) -> str:
    """Gives back the arm of these settings; the rate has two digits, which tell enough."""
    return f"{NAME}:rate={rate:.2g},decay={decay:g},batch={batch:g}"


def settings_of(option: str) -> dict[str, float]:
    """Gives back the settings in the option of such an arm, by name."""
    return {name: float(value) for name, value in (part.split("=") for part in option.split(","))}


@remedy(
    name=NAME,
    treats=("CUR101", "CUR102", "FIT101", "FIT102"),
    room="fit",
    changed="learning rate, weight decay and batch size together, as a search found them",
    options=("rate=1,decay=0.01,batch=1",),
    costs=2.0,
    excludes=(
        *("adam", "lower-learning-rate", "raise-learning-rate", "weight-decay"),
        *("smaller-batches", "larger-batches"),
    ),
)
def tuned_baseline(recipe: Recipe, option: str) -> Recipe:
    """The same model, plainly trained, with the three settings that matter most tuned.

    What it changes: the learning rate (that of a schedule too) and the batch size by a factor,
    and the weight decay of the optimiser. `valgap treat` lets Optuna propose them in rounds.

    When it helps: nobody has tuned them: a tuned plain baseline is the hardest one to beat.

    What it can harm: settings tuned on few rows flatter; so fresh rows confirm them.

    References: Bergstra et al., Algorithms for Hyper-Parameter Optimization, 2011; Choi et al.,
    On Empirical Comparisons of Optimizers for Deep Learning, 2019; Kadra et al., Well-tuned
    Simple Nets Excel on Tabular Datasets, 2021.
    """
    settings = settings_of(option)
    rate, decay, batch = (settings[name] for name in ("rate", "decay", "batch"))
    if rate == batch == 1 and not decay:
        raise CannotVaryError("these are the settings of the fit already")
    if rate != 1:
        recipe = with_rate(recipe, rate)
    if decay:
        recipe = with_settings(recipe, weight_decay=decay)
    size = round(batch * recipe.batch_size)
    if size < LEAST_ROWS:
        raise CannotVaryError(f"batches of {size} rows are too small")
    return recipe if batch == 1 else sized(recipe, size)
