"""The truth about the fresh cases, from the catalogue alone, before the tool saw any of them.

Whoever wrote them had read the catalogue and the bench, and none of the checks. Columns are
those of `diagnosis.truth`.
"""

from __future__ import annotations

import random

from diagnosis.case import Truth, codes

# What follows from most causes, and is true where it is said.
POOR = "EVL102 EVL107 EVL109"

PLANTED = (
    # --- DAT: the data and its split
    ("churn_oversampled_then_split", "table", "DAT101 DAT108",
     "DAT102 DAT105 DAT201 DAT203 FIT113 EVL105 DAT206",
     "the few who left are repeated until classes are even, and only then rows are split"),
    ("gait_windows_of_same_people", "series", "DAT102 DAT103 DAT105", "DAT106 DAT206",
     "windows of 24 walkers split at random; the label belongs to the walker"),
    ("wine_in_order", "table", "DAT204", f"{POOR} DAT202 DAT203 DAT303 EVL110",
     "the wines come sorted by grower; validation_split takes all of the last grower"),
    ("beats_concatenated_and_sliced", "series", "DAT204", f"{POOR} DAT202 DAT203 DAT303",
     "beats are concatenated class by class, and the last fifth is sliced off by hand"),
    ("fraud_never_found", "table", "DAT201 EVL107", f"{POOR} EVL105",
     "three of a hundred payments are fraud that overlaps the rest: nothing is called fraud"),
    ("thirty_letters", "images", "DAT206", "MOD105 FIT113 EVL105 EVL109",
     "thirty training pictures of six letters"),
    ("sequence_mixes_inputs_only", "images, PyDataset", "DAT208",
     f"{POOR} DAT207 FIT113 EVL105 MOD105",
     "on_epoch_end permutes the pictures of the PyDataset and leaves the labels as they were"),
    ("zip_of_two_shuffles", "table, tf.data", "DAT208", f"{POOR} DAT207 FIT113 EVL105 MOD105",
     "features and labels are two data sets, shuffled each with its own seed, then zipped"),
    ("second_split_other_seed", "images", "DAT209", f"{POOR} EVL105 FIT113",
     "validation labels come from a second call of train_test_split with another random_state"),
    ("file_names_sorted_as_text", "regression of images", "DAT209", f"{POOR} EVL105 FIT113",
     "validation pictures in the order of their names as text (10 before 2), targets by number"),
    ("wine_as_measured", "table", "DAT301", f"{POOR} MOD114 MOD115 MOD116 MOD117 FIT101 FIT116",
     "columns from .1 to 1,700 into tanh units under SGD"),
    ("lengths_in_millimetres", "table, regression", "DAT301",
     "EVL109 EVL102 MOD114 MOD116 MOD117 FIT101 FIT102 FIT103 FIT116",
     "columns from a thousandth to a hundred thousand under SGD with clipped gradients"),
    ("scaler_forgotten_on_validation", "table", "DAT302", f"{POOR} DAT303 EVL105 DAT301",
     "training rows are standardised, validation rows are as measured"),
    ("map_on_training_only", "images, tf.data", "DAT302", f"{POOR} DAT303 EVL105 DAT301",
     "the data set of training is mapped to mean 0 and spread 1, that of validation is not"),
    ("sensor_gaps", "series", "DAT305", f"{POOR} FIT112 MOD114",
     "a few recordings hold NaN where the sensor dropped out"),
    ("divided_here_and_in_the_model", "images", "DAT306", f"{POOR} DAT301 FIT102 FIT103 MOD115",
     "pixels are divided by 255 by the loader and by a Rescaling layer in the model"),
    ("house_prices_in_full", "table, regression", "DAT307",
     "FIT102 FIT103 EVL109 EVL102 FIT110 FIT116",
     "prices of some 300,000 against an output that starts near 0, at the default rate"),
    # --- MOD: the model
    ("tumour_softmax_unit", "table", "MOD101", f"{POOR} MOD102 MOD115",
     "softmax on the one unit of a yes-or-no answer"),
    ("reviews_softmax_layer", "text", "MOD101", f"{POOR} MOD102 MOD115",
     "Dense(1), then a Softmax layer, in a subclassed model of a GRU"),
    ("digits_scores_plain_loss", "images", "MOD102", f"{POOR} MOD103 FIT112 MOD114",
     "a subclassed model returns scores; the loss by its name expects probabilities"),
    ("churn_raw_score", "table", "MOD102", f"{POOR} MOD103 FIT112",
     "one linear unit under BinaryCrossentropy() without from_logits"),
    ("three_growers_one_sigmoid", "table", "DAT312 MOD102 MOD103", f"{POOR} FIT108 FIT109 FIT110",
     "classes 0, 1, 2 under one sigmoid unit and binary cross-entropy"),
    ("moons_linear_tower", "table", "MOD104", f"{POOR} MOD119",
     "five dense layers with batch normalisation between them and no activation"),
    ("slow_statistics", "images", "MOD106", f"{POOR} EVL105 FIT103",
     "batch normalisation of momentum .999 in a fit of some hundred steps"),
    ("spatial_dropout_series", "series", "MOD109", f"{POOR} EVL104 CUR107",
     "SpatialDropout1D of .9 behind both convolutions and dropout of .8 before the head"),
    ("decay_on_every_kernel", "text", "MOD110", f"{POOR} EVL104",
     "L2 of .3 on the embedding and every kernel"),
    ("attention_over_an_axis_of_one", "series", "MOD112", f"{POOR} MOD120",
     "a layer of one's own takes the softmax of scores over the axis of length 1"),
    ("relus_pushed_under", "table", "MOD114", f"{POOR} MOD115 MOD118",
     "a start of one's own puts biases at -12: no ReLU of the first layer answers"),
    ("recurrent_units_saturated", "series", "MOD117", f"{POOR} MOD115 MOD116 FIT102 FIT103",
     "a SimpleRNN whose kernels start at a spread of 10: every tanh is at its end"),
    ("zeros_everywhere", "images", "MOD118", f"{POOR} MOD114 MOD115",
     "kernel_initializer='zeros' in each layer of a subclassed net"),
    ("who_did_what_to_whom", "text", "MOD120", f"{POOR} MOD119",
     "the label is which of two words comes first; embeddings are averaged"),
    # --- FIT: compile and fit
    ("gru_at_rate_one", "series", "FIT101", f"{POOR} MOD114 MOD116 MOD117 FIT112",
     "Adam at a rate of 1 for two GRUs"),
    ("residual_net_hot_momentum", "images", "FIT101", f"{POOR} MOD114 MOD116 MOD117 FIT112",
     "SGD at .3 with momentum .95 for a small residual net"),
    ("reviews_at_a_crawl", "text", "FIT102", f"{POOR} FIT103",
     "Adam at 1e-5 for an embedding and a convolution"),
    ("digits_sgd_at_a_crawl", "images", "FIT102", f"{POOR} FIT103 FIT116",
     "SGD at 1e-4 for a dense net"),
    ("two_rounds_of_beats", "series", "FIT103", f"{POOR} FIT102 MOD106",
     "two epochs of an LSTM that needs fifteen"),
    ("steps_of_the_wrong_batch", "images, tf.data", "FIT104",
     f"{POOR} FIT103 DAT206 FIT102 FIT113 EVL105 DAT202 DAT203 FIT106 FIT115",
     "steps_per_epoch is rows // 256 while a batch holds 8: a third of the rows is ever seen"),
    ("first_batches_of_validation", "text, tf.data", "FIT105",
     "DAT202 DAT203 DAT204 EVL101 EVL107 EVL102",
     "validation rows lie class by class, and validation_steps=3 scores one class"),
    ("yield_as_probability", "table, regression", "FIT108",
     f"{POOR} MOD102 MOD103 DAT312 FIT110 DAT307 MOD117",
     "a yield in tonnes under sigmoid and binary cross-entropy"),
    ("accuracy_of_progression", "table, regression", "FIT110", "DAT206 FIT113",
     "'accuracy' of a real target: 0, however good the model"),
    ("tags_and_padding", "text", "FIT110", "DAT309 DAT201 EVL107 MOD113 EVL109 EVL102 DAT207",
     "accuracy of tags over all steps, nine in ten of which are padding"),
    ("stops_at_once", "images", "FIT117", f"{POOR} FIT103 FIT102",
     "early stopping watches val_accuracy with mode='min' and restores the worst epoch"),
    ("arrows_turned", "images", "FIT119", f"{POOR} EVL104 CUR107",
     "random flips both ways for arrows that are told by where they point"),
    # --- EVL: how the result is measured
    ("ten_patients", "table", "EVL101", "EVL102 EVL106 FIT113 DAT202 DAT203 EVL107 EVL105",
     "ten rows of validation for a problem of some 80 %: the figure moves in steps of ten points"),
    ("noise_in_both_pipelines", "images, tf.data", "EVL103", "EVL104 DAT303 DAT302 CUR107",
     "one function of random crops and noise is mapped on both data sets"),
)  # fmt: skip

HEALTHY = (
    ("digits_pipeline", "images, tf.data", "a CNN with batch normalisation and a little dropout"),
    ("wine_scaled", "table", "178 wines, standardised by the training rows, stratified"),
    ("rare_defect_weighted", "table", "one part in twelve is faulty; weights; both are found"),
    ("friedman_huber", "table, regression", "a known function in little noise, Huber loss"),
    ("digits_transfer", "images, transfer",
     "an encoder trained on digits 0 to 4 in the same script, frozen, then a head for 5 to 9"),
    ("beats_gru", "series, PyDataset", "a bidirectional GRU fed by a PyDataset that shuffles"),
    ("reviews_convolution", "text", "words by number, embedding, convolution, max pooling"),
    ("topics_multi_label", "table, multi-label", "six labels a row under sigmoid, AUC beside"),
    ("letter_and_ink", "images, two heads", "letter and amount of ink, losses weighted"),
    ("beats_attention", "series", "MultiHeadAttention, LayerNormalization, residual paths"),
    ("digits_autoencoder", "images, no labels", "a dense autoencoder; the target is the input"),
    ("residual_mlp_cosine", "table", "a subclassed residual net, AdamW, cosine decay"),
)  # fmt: skip

ODD = (
    ("head_of_zeros", "images", "the kernel of the head alone starts at zero, and learns"),
    ("two_softmax_binary_loss", "table",
     "binary cross-entropy on two softmax units and one-hot labels: the same loss"),
    ("much_dropout_wide_layer", "images", "dropout of .7 on 512 units that are more than enough"),
    ("wine_normalised_inside", "table", "raw columns, but the model's first layer adapts to them"),
    ("adadelta_at_one", "series", "Adadelta at a rate of 1, which is what it was made for"),
    ("balanced_validation", "table", "validation is balanced, training is 5 to 1: easy classes"),
    ("pixels_always_zero", "images", "a tenth of the pixels of the digits is the same in all rows"),
    ("half_the_units_dead", "table", "half of a wide layer starts dead; the other half suffices"),
)  # fmt: skip

# Half of each kind, drawn once by a written seed, is run at the very end only.
SPLIT_SEED = 64
FINAL = frozenset(
    name
    for table in (PLANTED, HEALTHY, ODD)
    for name in random.Random(SPLIT_SEED).sample(sorted(row[0] for row in table), len(table) // 2)
)

TRUTHS = (
    *(
        Truth(name, "fresh", kind, why, codes(true), codes(beside), held_out=name in FINAL)
        for name, kind, true, beside, why in PLANTED
    ),
    *(
        Truth(name, "fresh", kind, why, held_out=name in FINAL)
        for name, kind, why in (*HEALTHY, *ODD)
    ),
)  # fmt: skip
