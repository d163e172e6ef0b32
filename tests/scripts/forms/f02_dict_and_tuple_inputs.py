from _kit import BATCH, EPOCHS, HELD_OUT, TRAIN, layers, pictures, tf, trunk, weights

x, y = pictures(TRAIN, 0)
xv, yv = pictures(HELD_OUT, 1)
side, picture = layers.Input((2,), name="side"), layers.Input((12, 12, 1), name="picture")
shared = layers.Dropout(0.2)(layers.Concatenate()([trunk(picture), side]))
outputs = {
    "label": layers.Dense(2, activation="softmax", name="label")(shared),
    "level": layers.Dense(1, activity_regularizer="l2", name="level")(shared),
}
model = tf.keras.Model({"side": side, "picture": picture}, outputs)
model.compile(
    "adam",
    {"label": "sparse_categorical_crossentropy", "level": "mse"},
    metrics={"label": ["accuracy"], "level": ["mae"]},
    loss_weights={"label": 1.0, "level": 0.3},
)


def inputs(x):
    return {"picture": x, "side": x[:, 0, :2, 0]}


def targets(x, y):
    return {"label": y, "level": x.mean((1, 2, 3))[:, None]}


w = weights(HELD_OUT, 2)
model.fit(
    inputs(x),
    targets(x, y),
    BATCH,
    EPOCHS,
    2,
    sample_weight={"label": weights(TRAIN, 1), "level": weights(TRAIN, 3)},
    validation_data=(inputs(xv), targets(xv, yv), {"label": w, "level": w}),
)
