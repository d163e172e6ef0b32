from _kit import (
    BATCH,
    CLASS_WEIGHT,
    EPOCHS,
    HELD_OUT,
    TRAIN,
    compiled,
    head,
    layers,
    pictures,
    trunk,
)

x, y = pictures(TRAIN, 0)
xv, yv = pictures(HELD_OUT, 1)
a, b = layers.Input((12, 12, 1)), layers.Input((12, 12, 1))
model = compiled([a, b], head(layers.Concatenate()([trunk(a), layers.Flatten()(b)])))
model.fit(
    [x, x[:, ::-1]],
    y,
    BATCH,
    EPOCHS,
    2,
    validation_data=([xv, xv[:, ::-1]], yv),
    class_weight=CLASS_WEIGHT,
)
