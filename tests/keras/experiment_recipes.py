"""Recipes that experiments are tried on: of each kind of model one, with much to be varied."""

import numpy as np
from recipes_help import labels, pictures, recipe_of_model, series, table


def of_table(**changes):
    """A Sequential model of a table; three classes as numbers, with class weights."""
    import keras
    from keras import layers

    model = keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(8, activation="tanh", kernel_initializer="ones", name="first"),
            layers.Dropout(0.5, name="drop"),
            layers.Dense(8, name="second"),
            layers.BatchNormalization(),
            layers.Dense(3, activation="softmax", name="head"),
        ]
    )
    y = labels(3)
    weights = {0: 4.0, 1: 1.0, 2: 1.0}
    w = np.array([weights[int(k)] for k in y[:60]])
    settings = {"w": w, "class_weight": weights, "shuffle": False, "steps_per_epoch": 2}
    loss = "sparse_categorical_crossentropy"
    return recipe_of_model(model, table(), y, loss=loss, **settings | changes)


def of_pictures(**changes):
    """A Sequential model of bytes as pictures, transformed at random; two classes."""
    import keras
    from keras import layers

    model = keras.Sequential(
        [
            keras.Input((12, 12, 3), dtype="uint8"),
            layers.RandomFlip(name="flip"),
            layers.RandomTranslation(0.1, 0.1, name="moved"),
            layers.Rescaling(1 / 255, name="rescaling"),
            layers.Conv2D(4, 3, name="conv"),
            layers.BatchNormalization(),
            layers.ReLU(name="relu"),
            layers.SpatialDropout2D(0.3),
            layers.GaussianNoise(0.1),
            layers.Flatten(name="flat"),
            layers.Dense(8, activation="sigmoid", name="hidden"),
            layers.Dense(1, activation="sigmoid", name="head"),
        ]
    )
    y = labels(2)
    return recipe_of_model(model, pictures(), y, loss="binary_crossentropy", fed=2, **changes)


def of_series(**changes):
    """A Functional model of a dictionary of inputs, with wrappers and a nested model; one-hot."""
    import keras
    from keras import layers

    steps, numbers = keras.Input((8, 5), name="steps"), keras.Input((4,), name="numbers")
    x = layers.TimeDistributed(
        layers.Dense(6, kernel_regularizer="l2", name="by_step"), name="each"
    )(steps)
    memory = layers.LSTM(
        8, dropout=0.2, recurrent_dropout=0.1, activity_regularizer="l2", recurrent_regularizer="l2"
    )
    x = layers.Bidirectional(memory, name="both")(x)
    inner = keras.Sequential(
        [keras.Input((4,)), layers.Dense(16, activation="relu", name="inner"), layers.Dropout(0.4)],
        name="net",
    )
    x = layers.Add(name="sum")([x, inner(numbers)])
    logits = layers.Dense(3, name="head")(x)
    model = keras.Model({"steps": steps, "numbers": numbers}, layers.Softmax(name="soft")(logits))
    inputs = {"numbers": table(columns=4), "steps": series()}
    y = np.eye(3, dtype="float32")[labels(3)]
    return recipe_of_model(model, inputs, y, loss="categorical_crossentropy", **changes)


def of_tokens(**changes):
    """A Functional model of a tuple of inputs, the first of them tokens; two classes."""
    import keras
    from keras import layers

    words, numbers = keras.Input((7,), dtype="int32", name="words"), keras.Input((4,))
    x = layers.GlobalAveragePooling1D()(layers.Embedding(20, 4)(words))
    attended = layers.MultiHeadAttention(2, 3, dropout=0.2)(
        layers.Embedding(20, 4)(words), layers.Embedding(20, 4)(words)
    )
    x = layers.Concatenate()(
        [x, layers.Flatten()(attended), layers.Dense(5, activation="relu")(numbers)]
    )
    model = keras.Model([words, numbers], layers.Dense(1, activation="sigmoid")(x))
    tokens = np.random.default_rng(0).integers(1, 20, (90, 7)).astype("int32")
    y = labels(2).astype("float32").reshape(-1, 1)
    return recipe_of_model(
        model, (tokens, table(columns=4)), y, loss="binary_crossentropy", **changes
    )


def of_numbers(**changes):
    """A Sequential model of a table whose head cannot reach the numbers that are its targets."""
    import keras
    from keras import layers

    model = keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(8, activation="relu", name="first"),
            layers.Dense(1, activation="sigmoid", name="head"),
        ]
    )
    y = np.random.default_rng(2).normal(300, 50, 90).astype("float32")
    return recipe_of_model(model, table(), y, loss="mean_squared_error", **changes)


ALL = (of_table, of_pictures, of_series, of_tokens, of_numbers)
