"""Which way figures are better, by their names alone."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from valgap.case import Case
from valgap.evidence.account import Ledger
from valgap.evidence.directions import direction, is_share
from valgap.evidence.records import DataRecord, EpochRecord, FitRecord, ModelRecord
from valgap.ledger.draw import directions

LOWER = """
loss mae mse rmse msle mape hinge squared_hinge categorical_hinge log_cosh logcosh huber poisson
kl_divergence kullback_leibler_divergence binary_crossentropy categorical_crossentropy
sparse_categorical_crossentropy binary_focal_crossentropy categorical_focal_crossentropy
mean_absolute_error mean_squared_error mean_absolute_percentage_error root_mean_squared_error
mean_squared_logarithmic_error log_cosh_error false_negatives false_positives tversky circle ctc
BinaryCrossentropy KLDivergence LogCosh LogCoshError MeanAbsoluteError RootMeanSquaredError
FalseNegatives FalsePositives SquaredHinge Poisson Huber CTC Circle Tversky CategoricalHinge
brier brier_score nll neg_log_likelihood perplexity error top_5_error crps pinball wer cer
false_positive_rate val_loss dice_loss accuracy_mae score_mae hinge_1 fp fn_2 fid_score neg_loss
"""
HIGHER = """
acc accuracy auc AUC auc_2 precision recall f1 f1_score fbeta_score F1Score FBetaScore iou IoU
MeanIoU mean_io_u one_hot_mean_io_u OneHotMeanIoU BinaryIoU dice dice_coef top_k top5
binary_accuracy sparse_top_k_categorical_accuracy TopKCategoricalAccuracy R2Score r2 r2_score
cosine_similarity CosineSimilarity pearson_correlation ConcordanceCorrelation true_positives
TrueNegatives true_negatives precision_at_recall SensitivityAtSpecificity kappa mcc bleu score
neg_mean_squared_error neg_log_loss neg_brier_score val_accuracy loss_head_accuracy mAP map_50
sensitivity_at_specificity recall_at_precision tp tn
"""
UNKNOWN = ["lr", "learning_rate", "foo", "mean", "sum", "runtime", "loss_scale"]


@pytest.mark.parametrize(
    ("names", "expected"), [(LOWER.split(), "lower"), (HIGHER.split(), "higher"), (UNKNOWN, None)]
)
def test_names_tell_the_direction_or_nothing(names, expected):
    assert {name: direction(name) for name in names} == dict.fromkeys(names, expected)


def test_every_metric_and_loss_of_keras_is_known():
    spec = find_spec("keras")  # its names are read, as Keras takes long to import
    assert spec is not None
    assert spec.origin is not None
    unknown = {"Metric", "Mean", "Sum", "MeanMetricWrapper", "LossFunctionWrapper"}
    for module in ("metrics", "losses"):
        text = Path(spec.origin).parent.joinpath("src", module, "__init__.py").read_text()
        names = set(re.findall(r"import ([A-Z]\w+)", text)) - unknown
        assert len(names) > 15
        assert [name for name in names if direction(name) is None] == []


def test_only_scores_with_a_top_are_shares():
    assert all(is_share(n) for n in ("accuracy", "val_acc", "mean_iou", "f1", "Recall", "top5"))
    assert not any(is_share(n) for n in ("score", "r2", "psnr", "bleu", "accuracy_loss", "foo"))


def test_a_ledger_takes_names_it_does_not_know_for_scores():
    names = ("hinge", "false_negatives", "perplexity", "brier_score", "accuracy", "foo")
    assert list(directions(names).values()) == ["lower"] * 4 + ["higher"] * 2


def test_without_a_ledger_the_name_of_a_figure_counts_and_else_the_ledger():
    data, logs = DataRecord("train", "arrays", rows=8), EpochRecord(0, {"accuracy": 0.5}, 0.1)
    fit = FitRecord(0, None, None, ModelRecord("m", "Model", 1), data, None, {}, epochs=(logs,))
    case = Case(fit, None)
    assert case.higher_is_better("accuracy")
    assert not case.higher_is_better("hinge")
    assert not case.higher_is_better("foo")
    known = Case(fit, Ledger(0, directions={"accuracy": "lower", "foo": "higher"}))
    assert not known.higher_is_better("accuracy")
    assert known.higher_is_better("foo")
    assert known.higher_is_better("auc")
