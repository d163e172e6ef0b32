"""What is tried first where no finding asks for anything."""

import numpy as np
from test_treat_engine import recipe

from valgap.treatment.choosing import arms_in_order


def first_of(y, metric):
    return arms_in_order(recipe(y=y), [], unsafe=False, metric=metric)[0]


def test_figures_that_count_classes_alike_ask_for_what_does_where_classes_are_uneven():
    uneven, even = np.repeat([0, 1, 2], [60, 20, 10]), np.arange(90) % 3
    uneven = np.random.default_rng(0).permutation(uneven)
    assert first_of(uneven, "balanced_accuracy") == "logit-adjustment:1"
    assert first_of(uneven, "accuracy") == "more-epochs:2"
    assert first_of(even, "balanced_accuracy") == "more-epochs:2"
