"""What scikit-learn fits in a script is noted, and scikit-learn is as without us."""

import inspect
import json
import pickle
import subprocess
import sys
import threading
import types

import numpy as np
import pytest
import sklearn.base
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.feature_selection import RFE, SelectKBest, VarianceThreshold, f_classif
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    LabelBinarizer,
    MinMaxScaler,
    OneHotEncoder,
    PolynomialFeatures,
    StandardScaler,
    TargetEncoder,
)

from valgap.observe import estimators as module
from valgap.observe.estimators import Estimators

RNG = np.random.default_rng(0)
X = RNG.normal(size=(120, 30))
Y = RNG.integers(0, 2, 120)
TOWNS = RNG.integers(0, 5, (120, 2)).astype(str)


@pytest.fixture
def noting():
    watched = Estimators()
    watched.install()
    yield watched
    watched.uninstall()


def noted(watched):
    return watched.before_fit()[0]


def told(watched):
    return [(r.cls, r.role, r.rows, r.columns, r.columns_out) for r in noted(watched)]


# What is noted


def test_a_selection_is_noted_with_rows_columns_labels_and_line(noting):
    SelectKBest(f_classif, k=5).fit_transform(X, Y)
    line = inspect.currentframe().f_lineno - 1
    (record,) = noted(noting)
    assert (record.cls, record.role, record.rows) == ("SelectKBest", "selector", 120)
    assert (record.columns, record.columns_out, record.columns_after) == (30, 5, 5)
    assert (record.with_y, record.supervised) == (True, True)
    assert (record.location.file, record.location.line) == (__file__, line)


@pytest.mark.parametrize(
    ("estimator", "role", "columns_out"),
    [
        (StandardScaler(), "scaler", 30),
        (MinMaxScaler(), "scaler", 30),
        (PCA(4), "decomposition", 4),
        (VarianceThreshold(), "selector", 30),
        (PolynomialFeatures(1), "other", 31),
    ],
    ids=lambda v: type(v).__name__,
)
def test_what_learns_from_rows_alone_is_not_supervised_though_labels_are_passed(
    noting, estimator, role, columns_out
):
    estimator.fit_transform(X, Y)
    (record,) = noted(noting)
    assert (record.role, record.columns_out) == (role, columns_out)
    assert (record.with_y, record.supervised) == (True, False)


@pytest.mark.parametrize(
    ("estimator", "x", "role"),
    [
        (TargetEncoder(), TOWNS, "encoder"),
        (LinearDiscriminantAnalysis(), X, "decomposition"),
        (RFE(LogisticRegression(), n_features_to_select=3), X, "selector"),
    ],
    ids=lambda v: type(v).__name__,
)
def test_what_learns_from_labels_is_supervised(noting, estimator, x, role):
    estimator.fit(x, Y)
    assert [(r.role, r.supervised) for r in noted(noting)] == [(role, True)]


def test_the_levels_of_an_encoder_are_counted(noting):
    TargetEncoder().fit_transform(TOWNS, Y)
    OneHotEncoder().fit(TOWNS)
    assert [r.levels for r in noted(noting)] == [10, 10]


def test_a_vocabulary_is_noted_with_its_words(noting):
    TfidfVectorizer().fit_transform(["one two", "two three"])
    assert told(noting)[0] == ("TfidfVectorizer", "vocabulary", 2, None, 3)


def test_rows_and_labels_may_be_given_by_name(noting):
    SelectKBest(k=5).fit(X=X, y=Y)
    assert [(r.rows, r.with_y) for r in noted(noting)] == [(120, True)]


def test_a_sampler_is_noted_with_the_rows_that_came_of_it(noting):
    class Doubling(sklearn.base.BaseEstimator):
        @sklearn.base._fit_context(prefer_skip_nested_validation=True)
        def fit_resample(self, X, y):
            return np.concatenate([X, X]), np.concatenate([y, y])

        _parameter_constraints: dict = {}  # noqa: RUF012

    Doubling().fit_resample(X, Y)
    (record,) = noted(noting)
    assert (record.role, record.rows, record.rows_out, record.supervised) == (
        "sampler",
        120,
        240,
        True,
    )
    assert record.location.call == "Doubling.fit_resample"


def test_what_is_fitted_on_labels_alone_is_not_noted(noting):
    LabelBinarizer().fit_transform(Y)
    assert noted(noting) == ()


def test_steps_of_a_pipeline_are_noted_with_the_columns_that_come_out_of_all_of_it(noting):
    make_pipeline(StandardScaler(), SelectKBest(k=9), PCA(2)).fit_transform(X, Y)
    assert [(r.cls, r.columns_out, r.columns_after) for r in noted(noting)] == [
        ("StandardScaler", 30, 2),
        ("SelectKBest", 9, 2),
        ("PCA", 2, 2),
    ]


def test_parts_of_a_column_transformer_are_noted(noting):
    parts = make_column_transformer((SelectKBest(k=3), [0, 1, 2, 3]), (StandardScaler(), [5, 6]))
    parts.fit_transform(X, Y)
    assert {(r.cls, r.columns, r.columns_after) for r in noted(noting)} == {
        ("SelectKBest", 4, 5),
        ("StandardScaler", 2, 5),
    }


def test_steps_of_a_pipeline_that_predicts_feed_no_model_and_are_left_out(noting):
    make_pipeline(SelectKBest(k=9), LogisticRegression()).fit(X, Y)
    assert noted(noting) == ()


def test_a_pipeline_leaves_the_steps_of_an_earlier_one_as_they_were(noting):
    make_pipeline(StandardScaler(), PCA(2)).fit_transform(X)
    make_pipeline(StandardScaler(), PCA(3)).fit_transform(X)
    make_pipeline(SelectKBest(k=4), LogisticRegression()).fit(X, Y)
    assert [r.columns_after for r in noted(noting)] == [2, 2, 3, 3]


def test_what_a_search_fits_within_itself_is_not_noted(noting):
    pipe = Pipeline([("choose", SelectKBest()), ("tell", LogisticRegression())])
    GridSearchCV(pipe, {"choose__k": [2, 3]}, cv=3).fit(X, Y)
    assert [r.cls for r in noted(noting)] == ["GridSearchCV"]


def test_steps_before_a_failing_one_keep_nothing_from_what_follows(noting):
    class Failing(StandardScaler):
        def fit(self, X, y=None, sample_weight=None):
            raise ValueError("not today")

    with pytest.raises(ValueError, match="not today"):
        make_pipeline(MinMaxScaler(), Failing()).fit(X, Y)
    make_pipeline(SelectKBest(k=9), PCA(2)).fit(X, Y)
    assert [(r.cls, r.columns_after) for r in noted(noting)][-2:] == [
        ("SelectKBest", 2),
        ("PCA", 2),
    ]


def test_a_call_that_raises_is_not_noted_and_raises_the_same(noting):
    with pytest.raises(ValueError, match="Found input variables with inconsistent"):
        SelectKBest(k=2).fit(X, Y[:-1])
    assert noted(noting) == ()


def test_calls_in_a_loop_count_once_and_stand_where_the_last_was(noting):
    for _ in range(3):
        StandardScaler().fit(X)
        PCA(2).fit(X)
    assert [r.cls for r in noted(noting)] == ["StandardScaler", "PCA"]


def test_more_calls_than_are_kept_are_counted(noting, monkeypatch):
    monkeypatch.setattr(module, "MOST", 2)
    for rows in (20, 30, 40, 50):
        StandardScaler().fit(X[:rows])
    records, missing = noting.before_fit()
    assert [r.rows for r in records] == [20, 30]
    assert "2 calls beyond the first 2 are left out" in missing


def test_a_note_tells_how_many_fits_of_keras_had_begun(noting):
    StandardScaler().fit(X)
    assert [r.fits_before for r in noted(noting)] == [0]
    PCA(2).fit(X)
    assert [r.fits_before for r in noted(noting)] == [0, 1]


def test_a_thread_of_the_scripts_own_is_noted_apart(noting):
    thread = threading.Thread(target=lambda: SelectKBest(k=2).fit(X, Y))
    make_pipeline(StandardScaler(), PCA(2)).fit(X)
    thread.start()
    thread.join()
    assert [(r.cls, r.columns_after) for r in noted(noting)] == [
        ("StandardScaler", 2),
        ("PCA", 2),
        ("SelectKBest", 2),
    ]


def test_a_failure_of_ours_is_kept_as_a_reason_and_the_fit_goes_on(noting, monkeypatch):
    monkeypatch.setattr(module, "read_estimator", lambda *_: 1 / 0)
    assert SelectKBest(k=2).fit_transform(X, Y).shape == (120, 2)
    assert "ZeroDivisionError" in noting.before_fit()[1]


def test_that_scikit_learn_was_there_before_is_said(noting):
    assert "was there before" in noting.before_fit()[1]


def test_a_scikit_learn_without_the_decorator_is_said(monkeypatch):
    monkeypatch.delattr(sklearn.base, "_fit_context")
    watched = Estimators()
    watched.install()
    watched.uninstall()
    assert "this version of scikit-learn" in watched.before_fit()[1]


# scikit-learn is as without us


def test_results_signature_and_text_are_those_of_scikit_learn():
    plain = (
        inspect.signature(SelectKBest.fit),
        SelectKBest.fit.__doc__,
        SelectKBest.fit.__qualname__,
    )
    chosen = SelectKBest(k=4).fit_transform(X, Y)
    watched = Estimators()
    watched.install()
    try:
        now = inspect.signature(SelectKBest.fit), SelectKBest.fit.__doc__
        assert (*now, SelectKBest.fit.__qualname__) == plain
        assert (SelectKBest(k=4).fit_transform(X, Y) == chosen).all()
        assert len(noted(watched)) == 1
    finally:
        watched.uninstall()


def test_estimators_methods_and_classes_are_pickled_and_cloned(noting):
    fitted = SelectKBest(k=4).fit(X, Y)
    again = pickle.loads(pickle.dumps(fitted))
    assert (again.get_support() == fitted.get_support()).all()
    assert pickle.loads(pickle.dumps(SelectKBest)) is SelectKBest
    assert pickle.loads(pickle.dumps(SelectKBest.fit)) is SelectKBest.fit
    assert clone(fitted).get_params() == fitted.get_params()


def _functions(held):
    """A function, or one held by a descriptor, with those that it goes around."""
    while held is not None:
        if isinstance(held, types.FunctionType):
            yield held
        is_plain = isinstance(held, type) or not hasattr(held, "__dict__")
        held = None if is_plain else vars(held).get("fn", vars(held).get("__wrapped__"))


def _ours():
    classes = [c for e in (SelectKBest, PCA, Pipeline, StandardScaler) for c in e.__mro__]
    found = [f for c in classes for held in vars(c).values() for f in _functions(held)]
    return [f.__qualname__ for f in found if f.__code__.co_filename == module.__file__]


def test_uninstalled_nothing_of_ours_is_left_and_nothing_more_is_noted():
    context = sklearn.base._fit_context
    watched = Estimators()
    watched.install()
    assert {"_BaseFilter.fit", "PCA.fit_transform", "Pipeline.fit_transform"} <= {*_ours()}
    watched.uninstall()
    watched.uninstall()
    assert _ours() == []
    assert sklearn.base._fit_context is context
    SelectKBest(k=2).fit(X, Y)
    assert noted(watched) == ()


def test_two_that_watch_at_once_both_note_and_leave_nothing_behind():
    outer, inner = Estimators(), Estimators()
    outer.install()
    inner.install()
    PCA(2).fit_transform(X)
    inner.uninstall()
    SelectKBest(k=2).fit(X, Y)
    outer.uninstall()
    assert [r.cls for r in noted(inner)] == ["PCA"]
    assert [r.cls for r in noted(outer)] == ["PCA", "SelectKBest"]
    assert _ours() == []


# scikit-learn that is imported under observation

SCRIPT = """
import json, sys
from valgap.observe.estimators import Estimators

watched = Estimators()
watched.install()
assert not {"numpy", "sklearn"} & {*sys.modules}
import numpy as np
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest

x, y = np.arange(120.0).reshape(30, 4) % 7, np.arange(30) % 2
SelectKBest(k=2).fit_transform(x, y)
PCA(2).fit_transform(x)
records, missing = watched.before_fit()
watched.uninstall()
PCA(3).fit_transform(x)
left = [PCA.fit_transform.__wrapped__, SelectKBest.fit]
print(json.dumps({
    "noted": [(r.cls, r.columns_out, r.location.line) for r in records],
    "missing": missing,
    "after": len(watched.before_fit()[0]),
    "left": [f.__code__.co_filename.endswith("estimators.py") for f in left],
}))
"""


def test_scikit_learn_imported_under_observation_is_noted_whole_and_put_back(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    ran = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == {
        "noted": [["SelectKBest", 2, 13], ["PCA", 2, 14]],
        "missing": None,
        "after": 2,
        "left": [False, False],
    }
