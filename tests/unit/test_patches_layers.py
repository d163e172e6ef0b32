import pytest
from patches_help import changed, layer, lines_of

HEAD = """
    import tensorflow as tf
    from tensorflow.keras import layers
    from tensorflow.keras.layers import BatchNormalization, Dense, Flatten
"""
FIT = """
    model.fit(x, y)
"""
L2 = {"class_name": "L2"}


def lstm(name="lstm", **config):
    return layer(name, "LSTM", **config)


def test_an_activity_penalty_is_taken_out_and_all_else_stays():
    made = lines_of(
        HEAD
        + """
    x = layers.LSTM(
        32,  # units: as many as the author had
        activity_regularizer="l2",  # far too much
        kernel_regularizer=tf.keras.regularizers.L2(1e-3),
    )(x)
    """
        + FIT,
        "no-activity-penalty",
        lstm(activity_regularizer=L2, kernel_regularizer=L2),
    )
    assert made == (['    activity_regularizer="l2",  # far too much'], [])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('Dense(8, activity_regularizer="l2")', "Dense(8)"),
        ('Dense(activity_regularizer="l2", units=8)', "Dense(units=8)"),
        ('Dense(8, activity_regularizer="l2",)', "Dense(8,)"),
        ('Dense(8, activity_regularizer=("l2"), name="é(")', 'Dense(8, name="é(")'),
        (
            "layers.Dense(8, activity_regularizer=f(a, b), use_bias=0)",
            "layers.Dense(8, use_bias=0)",
        ),
        ('tf.keras.layers.Dense(8, activity_regularizer="l2")', "tf.keras.layers.Dense(8)"),
        ('print("ü", Dense(8, activity_regularizer="l2"))', 'print("ü", Dense(8))'),
        ('Dense((8), "relu", activity_regularizer=lambda x: 0)', 'Dense((8), "relu")'),
    ],
)
def test_a_keyword_goes_however_the_call_is_written(before, after):
    penalised = layer("dense", "Dense", activity_regularizer=L2)
    made = lines_of(f"{HEAD}    made = {before}\n{FIT}", "no-activity-penalty", penalised)
    assert made == ([f"made = {before}"], [f"made = {after}"])


@pytest.mark.parametrize(
    "body",
    [
        'for i in range(2):\n        model.add(Dense(8, activity_regularizer="l2"))',
        'model.add(Dense(8, **more, activity_regularizer="l2"))',
        'model.add(Own(8, activity_regularizer="l2"))',
        'Dense = own\n    model.add(Dense(8, activity_regularizer="l2"))',
        'a = Dense(8, activity_regularizer="l2")\n    b = Dense(8, activity_regularizer="l1")',
        "model = make_model()",
    ],
    ids=["loop", "stars", "a class of its own", "shadowed", "two calls", "another file"],
)
def test_a_layer_that_is_not_surely_made_there_is_left_alone(body):
    penalised = layer("dense", "Dense", activity_regularizer=L2)
    assert changed(f"{HEAD}    {body}\n{FIT}", "no-activity-penalty", penalised) is None


def test_a_function_may_make_several_layers_and_both_halves_are_one():
    made = lines_of(
        HEAD
        + """
    def lstm():
        return layers.Bidirectional(layers.LSTM(8, recurrent_regularizer="l2"))
    x = lstm()(lstm()(x))
    """
        + FIT,
        "no-penalties",
        *(
            lstm(f"{d}_lstm{n}", recurrent_regularizer=L2)
            for d in ("forward", "backward")
            for n in ("", "_1")
        ),
        layer("cell", "LSTMCell", path="bi/forward_lstm/cell", recurrent_regularizer=L2),
    )
    assert made[1] == ["    return layers.Bidirectional(layers.LSTM(8))"]


def pictures(*after):
    return layer("pool", "MaxPooling2D", (4, 4, 8)), layer("flatten", "Flatten", (128,)), *after


def test_flatten_becomes_pooling_of_its_rank_and_is_imported():
    text = f"{HEAD}    model.add(Flatten())\n{FIT}"
    added = lines_of(text, "global-pooling", *pictures())[1]
    assert "model.add(GlobalAveragePooling2D())" in added
    assert added[0].endswith("import BatchNormalization, Dense, Flatten, GlobalAveragePooling2D")
    largest = lines_of(text, "global-pooling:max", *pictures())[1]
    assert "model.add(GlobalMaxPooling2D())" in largest


def test_flatten_of_steps_over_time_is_pooled_in_one_dimension():
    steps = layer("lstm", "LSTM", (25, 8)), layer("flatten", "Flatten", (200,))
    made = lines_of(f"{HEAD}    x = layers.Flatten()(x)\n{FIT}", "global-pooling", *steps)
    assert made[1] == ["x = layers.GlobalAveragePooling1D()(x)"]


def test_flatten_within_time_distributed_counts_no_time():
    wrapped = (
        layer("pool", "TimeDistributed", (3, 4, 4, 8)),
        layer("td", "TimeDistributed", (3, 128)),
        layer("flatten", "Flatten", None),
    )
    made = lines_of(
        f"{HEAD}    x = layers.TimeDistributed(layers.Flatten())(x)\n{FIT}",
        "global-pooling",
        *wrapped,
    )
    assert made[1] == ["x = layers.TimeDistributed(layers.GlobalAveragePooling2D())(x)"]


@pytest.mark.parametrize(
    "layers",
    [
        (layer("flatten", "Flatten", (128,)),),
        (layer("pool", "MaxPooling2D", (None, None, 8)), layer("flatten", "Flatten", (None,))),
        (layer("other", "Dense", (9, 9)), layer("flatten", "Flatten", (128,))),
        (*pictures(), layer("flatten_1", "Flatten", (128,))),
    ],
    ids=["no shape before", "sizes unknown", "not the layer before", "two of them"],
)
def test_flatten_stays_where_its_rank_is_not_known(layers):
    assert changed(f"{HEAD}    model.add(Flatten())\n{FIT}", "global-pooling", *layers) is None


def norm(name, channels, momentum=0.99):
    return layer(name, "BatchNormalization", (4, 4, channels), axis=-1, momentum=momentum)


def test_every_batch_normalisation_gets_a_momentum():
    made = lines_of(
        f"{HEAD}    a = BatchNormalization()\n    b = BatchNormalization(-1, momentum=m)\n{FIT}",
        "batchnorm-momentum",
        norm("a", 8),
        norm("b", 8),
    )
    assert made[1] == [
        "a = BatchNormalization(momentum=0.9)",
        "b = BatchNormalization(-1, momentum=0.9)",
    ]


@pytest.mark.parametrize(
    ("call", "momentum"),
    [("BatchNormalization(-1, 0.99)", 0.99), ("BatchNormalization(momentum=0.8)", 0.8)],
)
def test_a_momentum_by_position_or_a_low_one_stays(call, momentum):
    text = f"{HEAD}    a = {call}\n{FIT}"
    assert changed(text, "batchnorm-momentum", norm("a", 8, momentum)) is None


def test_groups_divide_the_channels_of_all_layers():
    text = f"{HEAD}    a = layers.BatchNormalization(momentum=0.9, fused=True, name='n')\n"
    text += f"    b = layers.BatchNormalization()\n{FIT}"
    made = lines_of(text, "group-normalisation", norm("a", 64), norm("b", 24))
    assert made[1] == [
        "a = layers.GroupNormalization(groups=4, name='n')",
        "b = layers.GroupNormalization(groups=4)",
    ]


@pytest.mark.parametrize(
    ("call", "channels"),
    [
        ("layers.BatchNormalization()", 7),
        ("layers.BatchNormalization(-1)", 8),
        ("layers.BatchNormalization()(x, training=True)", 8),
    ],
)
def test_groups_are_not_made_of_what_does_not_divide_or_means_something_else(call, channels):
    text = f"{HEAD}    a = {call}\n{FIT}"
    assert changed(text, "group-normalisation", norm("a", channels)) is None


def drop(name, rate):
    return layer(name, "Dropout", rate=rate)


def test_all_rates_are_halved_literal_or_named():
    text = f"{HEAD}    a = layers.Dropout(0.5)\n    b = layers.Dropout(rate=options.rate)\n{FIT}"
    made = lines_of(text, "lower-dropout", drop("a", 0.5), drop("b", 0.3))
    assert made[1] == ["a = layers.Dropout(0.25)", "b = layers.Dropout(rate=options.rate / 2)"]


def test_the_layer_that_is_named_is_changed_alone():
    text = f"{HEAD}    a = layers.Dropout(0.5)\n    b = layers.Dropout(0.6)\n{FIT}"
    two = drop("dropout", 0.5), drop("dropout_1", 0.6)
    assert lines_of(text, "lower-dropout", *two, layer="dropout_1")[1] == [
        "b = layers.Dropout(0.3)"
    ]
    assert changed(text.replace("0.6", "rate(1)"), "lower-dropout", *two) is None


def initialised(name, cls):
    return layer(name, "Dense", kernel_initializer={"class_name": cls})


def test_initialisers_of_one_size_are_left_out_and_fitting_ones_stay():
    text = f"""{HEAD}
    a = Dense(8, kernel_initializer="random_normal")
    b = Dense(8, kernel_initializer="he_normal")
    {FIT}"""
    both = initialised("a", "RandomNormal"), initialised("b", "HeNormal")
    assert lines_of(text, "default-initialiser", *both)[1] == ["a = Dense(8)"]
    assert changed(text, "default-initialiser", both[1]) is None


def test_the_head_is_found_by_its_number_or_its_name():
    text = f"""{HEAD}
    a = Dense(8, activation="relu")
    b = Dense(1, activation="relu")
    {FIT}"""
    two = layer("dense_7", "Dense"), layer("dense_8", "Dense")
    assert lines_of(text, "linear-output", *two, layer="dense_8")[1] == ["b = Dense(1)"]
    named = text.replace("Dense(1,", 'Dense(1, name="out",')
    two = layer("dense", "Dense"), layer("out", "Dense")
    assert lines_of(named, "linear-output", *two, layer="out")[1] == ['b = Dense(1, name="out")']
    assert changed(text, "linear-output", *two[:1], layer="dense") is None


def test_softmax_on_one_unit_is_mended_as_the_loss_wants_it():
    text = f'{HEAD}    a = Dense(1, activation="softmax")\n{FIT}'
    head = layer("dense", "Dense")
    binary = {"loss": "'binary_crossentropy'", "layer": "dense"}
    assert lines_of(text, "sigmoid-on-one-unit", head, **binary)[1] == [
        'a = Dense(1, activation="sigmoid")'
    ]
    assert changed(text, "one-unit-a-class", head, classes=3, **binary) is None
    numbered = {"loss": "'sparse_categorical_crossentropy'", "layer": "dense"}
    assert lines_of(text, "one-unit-a-class", head, classes=3, **numbered)[1] == [
        'a = Dense(3, activation="softmax")'
    ]
    assert changed(text, "one-unit-a-class", head, **numbered) is None
    assert changed(text, "sigmoid-on-one-unit", head, **numbered) is None
