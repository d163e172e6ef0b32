import pytest
from patches_help import changed, lines_of, script, subject

from valgap.patches.registry import load_patches, patched, script_diff

KERAS = "import keras\n"
STOPPING = "EarlyStopping(patience=10, restore_best_weights=True)"


def fitted(given, head=KERAS, /, **told):
    return lambda remedy: lines_of(f"{head}model.fit({given})\n", remedy, **told)


@pytest.mark.parametrize(
    ("given", "seen", "made"),
    [
        ("x, y", "None", f"x, y, callbacks=[keras.callbacks.{STOPPING}]"),
        ("x, callbacks=None", "None", f"x, callbacks=[keras.callbacks.{STOPPING}]"),
        ("x, callbacks=[]", "[]", f"x, callbacks=[keras.callbacks.{STOPPING}]"),
        ("x, callbacks=[a]", "[A]", f"x, callbacks=[a, keras.callbacks.{STOPPING}]"),
        ("x, callbacks=[a,]", "[A]", f"x, callbacks=[a, keras.callbacks.{STOPPING},]"),
        ("x, callbacks=own", "[A]", f"x, callbacks=[*own, keras.callbacks.{STOPPING}]"),
        (
            "x, callbacks=[a] if c else None",
            "None",
            f"x, callbacks=[*(([a] if c else None) or []), keras.callbacks.{STOPPING}]",
        ),
    ],
)
def test_stopping_is_added_to_the_callbacks_in_whatever_form(given, seen, made):
    found = fitted(given, arguments={"callbacks": seen})("keep-best-epoch")
    assert found[1] == [f"model.fit({made})"]


@pytest.mark.parametrize(
    ("given", "seen"),
    [("x, callbacks=own", "EarlyStopping"), ("x, **more", "None"), ("x, callbacks=f()", "A")],
)
def test_callbacks_that_are_no_list_stay(given, seen):
    assert fitted(given, arguments={"callbacks": seen})("keep-best-epoch") is None


@pytest.mark.parametrize(
    ("head", "spelled", "added"),
    [
        ("import tensorflow as tf\n", "tf.keras.callbacks.", []),
        ("import tensorflow.keras as K\n", "K.callbacks.", []),
        ("from keras import callbacks as c\n", "c.", []),
        ("from tensorflow.keras.callbacks import EarlyStopping\n", "", []),
        ("import tensorflow as tf\ncallbacks = tf.keras.callbacks\n", "callbacks.", []),
        (
            "from tensorflow.keras.layers import Dense\n",
            "",
            ["from tensorflow.keras.callbacks import EarlyStopping"],
        ),
        ("from keras import Input\n", "", ["from keras.callbacks import EarlyStopping"]),
        ("import own\n", "", None),
        ("from keras import Input\nEarlyStopping = own\n", "", None),
    ],
)
def test_a_class_is_spelled_as_the_script_reaches_it(head, spelled, added):
    found = fitted("x", head)("keep-best-epoch")
    call = f"model.fit(x, callbacks=[{spelled}{STOPPING}])"
    assert found is None if added is None else found[1] == [*added, call]


def test_a_stopping_that_is_there_is_told_to_restore():
    text = """
    from keras.callbacks import EarlyStopping
    model.fit(x, callbacks=[EarlyStopping(patience=5)])
    """
    found = lines_of(text, "keep-best-epoch", callbacks=["EarlyStopping"])
    assert found[1] == [
        "model.fit(x, callbacks=[EarlyStopping(patience=5, restore_best_weights=True)])"
    ]
    twice = text.replace("    model", "    EarlyStopping()\n    model")
    assert changed(twice, "keep-best-epoch", callbacks=["EarlyStopping"]) is None


def test_of_several_fits_the_recorded_one_is_changed():
    text = "model.fit(x, shuffle=False)\nmodel.fit(\n    x,\n    shuffle=False,\n)\n"
    new = patched(text, "shuffle-rows", subject(text))
    assert new == "model.fit(x, shuffle=False)\nmodel.fit(\n    x,\n    shuffle=True,\n)\n"


def test_a_script_that_has_no_fit_where_one_was_recorded_stays():
    text = "\n\nmodel.fit(x, shuffle=False)\n"
    assert patched(text[1:], "shuffle-rows", subject(text)) is None


def test_rows_that_fit_does_not_shuffle_stay():
    assert fitted("x, shuffle=flag")("shuffle-rows")[1] == ["model.fit(x, shuffle=True)"]
    assert fitted("x")("shuffle-rows") is None
    assert fitted("x, shuffle=False", form="tf.data")("shuffle-rows") is None


def test_steps_go_where_an_epoch_ends_by_itself():
    given = "x, steps_per_epoch=5, validation_data=v, validation_steps=2"
    assert fitted(given)("all-rows-each-epoch")[1] == ["model.fit(x, validation_data=v)"]
    assert fitted(given)("all-validation-rows")[1] == [
        "model.fit(x, steps_per_epoch=5, validation_data=v)"
    ]
    for remedy in ("all-rows-each-epoch", "all-validation-rows"):
        assert fitted(given, form="generator")(remedy) is None
        assert fitted(given, form="tf.data")(remedy) is None


def test_arguments_on_lines_of_their_own_get_one_more():
    text = """
    import keras
    model.fit(
        x,
        y,  # labels
    )
    """
    assert lines_of(text, "keep-best-epoch")[1] == [f"    callbacks=[keras.callbacks.{STOPPING}],"]
    plain = text.replace("y,  # labels", "y")
    assert lines_of(plain, "keep-best-epoch")[1] == [
        "    y,",
        f"    callbacks=[keras.callbacks.{STOPPING}]",
    ]
    bare = text.replace("y,  #", "y  #")
    assert lines_of(bare, "keep-best-epoch")[1] == [
        "    y,  # labels",
        f"    callbacks=[keras.callbacks.{STOPPING}]",
    ]


def compiled(optimizer, head=KERAS):
    return f"{head}model.compile({optimizer}, 'mse')\nmodel.fit(x, y)\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("keras.optimizers.Adam(0.001)", "keras.optimizers.Adam(0.0001)"),
        (
            "keras.optimizers.Adam(learning_rate=1e-3)",
            "keras.optimizers.Adam(learning_rate=0.0001)",
        ),
        ("keras.optimizers.Adam(options.rate)", "keras.optimizers.Adam(options.rate / 10)"),
        ("keras.optimizers.Adam()", "keras.optimizers.Adam(learning_rate=0.0001)"),
    ],
)
def test_the_rate_is_a_tenth_where_the_optimiser_is_made(before, after):
    found = lines_of(compiled(before), "lower-learning-rate")
    assert found[1] == [f"model.compile({after}, 'mse')"]


def test_an_optimiser_by_name_is_made_with_its_rate():
    text = compiled("'adam'")
    named = {"optimizer": "adam", "settings": {}}
    assert lines_of(text, "raise-learning-rate", **named)[1] == [
        "model.compile(keras.optimizers.Adam(learning_rate=0.01), 'mse')"
    ]
    assert lines_of(text, "clip-gradients", **named)[1] == [
        "model.compile(keras.optimizers.Adam(clipnorm=1.0), 'mse')"
    ]
    assert changed(text, "lower-learning-rate", optimizer="own", settings={}) is None


def test_an_optimiser_in_a_variable_is_changed_where_it_is_made():
    text = f"{KERAS}opt = keras.optimizers.Adam(0.001)\nmodel.compile(opt)\nmodel.fit(x)\n"
    assert lines_of(text, "lower-learning-rate")[1] == ["opt = keras.optimizers.Adam(0.0001)"]
    assert lines_of(text, "clip-gradients")[1] == [
        "opt = keras.optimizers.Adam(0.001, clipnorm=1.0)"
    ]
    twice = f"{KERAS}opt = None\n" + text
    assert changed(twice, "lower-learning-rate") is None


@pytest.mark.parametrize(
    ("optimizer", "told"),
    [
        ("keras.optimizers.Adam(0.5)", {}),
        ("keras.optimizers.Adam(rate * 2)", {}),
        ("keras.optimizers.SGD(0.001)", {}),
        ("keras.optimizers.Adam(0.001)", {"settings": {"learning_rate": {"class_name": "S"}}}),
        ("keras.optimizers.Adam(0.001)", {"callbacks": ["LearningRateScheduler"]}),
        ("make()", {}),
    ],
)
def test_a_rate_that_is_not_that_of_the_fit_stays(optimizer, told):
    assert changed(compiled(optimizer), "lower-learning-rate", **told) is None


def test_gradients_that_are_clipped_already_stay():
    assert changed(compiled("keras.optimizers.Adam(clipvalue=1)"), "clip-gradients") is None


def test_epochs_are_three_times_as_many():
    assert fitted("x, epochs=10")("more-epochs")[1] == ["model.fit(x, epochs=30)"]
    assert fitted("x, epochs=n")("more-epochs")[1] == ["model.fit(x, epochs=3 * n)"]
    assert fitted("x, epochs=20")("more-epochs") is None
    assert fitted("x, epochs=n + 1")("more-epochs") is None


def test_class_weights_are_counted_from_labels_with_a_plain_name():
    made = fitted("x_train, y_train, epochs=10")("class-weights")[1]
    assert made == [
        "model.fit(x_train, y_train, epochs=10, class_weight={c: len(y_train) / (3 * "
        "(y_train == c).sum()) for c in range(3)})"
    ]
    for given in ("x, f(y)", "x, train.y", "data", "x, y, class_weight=w"):
        assert fitted(given)("class-weights") is None
    assert fitted("x, y", arguments={"y": "DataFrame(9, 1)"})("class-weights") is None


def test_the_one_split_is_stratified_by_its_labels():
    head = "from sklearn.model_selection import train_test_split as split\n"
    text = f"{head}a, b, c, d = split(x, y, test_size=0.2)\nmodel.fit(a, c)\n"
    assert lines_of(text, "stratified-split")[1] == [
        "a, b, c, d = split(x, y, test_size=0.2, stratify=y)"
    ]
    for other in ("split(x, y, groups)", "split(x, y, shuffle=False)", "split(x, f(y))"):
        refused = text.replace("split(x, y, test_size=0.2)", other)
        assert changed(refused, "stratified-split") is None
    assert changed(text.replace("model.fit", "split(a, c)\nmodel.fit"), "stratified-split") is None


def test_labels_are_smoothed_where_the_loss_takes_that():
    text = f"{KERAS}model.compile('adam', loss='categorical_crossentropy')\nmodel.fit(x)\n"
    made = "model.compile('adam', loss=keras.losses.CategoricalCrossentropy(label_smoothing=0.1))"
    assert lines_of(text, "label-smoothing")[1] == [made]
    called = text.replace("'categorical_c", "keras.losses.CategoricalC").replace("y')", "y())")
    assert lines_of(called, "label-smoothing")[1] == [made]
    assert changed(text.replace("'cat", "'sparse_cat"), "label-smoothing") is None


def test_a_diff_names_the_script_and_quotes_a_few_lines():
    text = script("""
    # ends of lines as on Windows
    import keras

    a = 1
    model.fit(x, epochs=10)
    b = 1
    """).replace("\n", "\r\n")
    new = patched(text, "more-epochs", subject(text))
    assert new == text.replace("epochs=10", "epochs=30")
    assert script_diff(text, "train.py", "more-epochs", subject(text)).split("\n") == [
        *("--- train.py", "+++ train.py", "@@ -3,5 +3,5 @@", " ", " a = 1"),
        *("-model.fit(x, epochs=10)", "+model.fit(x, epochs=30)", " b = 1", " "),
    ]


@pytest.mark.parametrize("text", ["model.fit(", "model.fit(x)\x00", "a = 1\rmodel.fit(x)\r", ""])
def test_what_is_no_script_has_no_change(text):
    for remedy in (*load_patches(), "scale-inputs"):
        assert patched(text, remedy, subject("model.fit(x)")) is None
