from _files import written
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
    tf,
    trunk,
)

root = written(*pictures(TRAIN + HELD_OUT, 0), "all")
how = {"image_size": (12, 12), "color_mode": "grayscale", "batch_size": BATCH, "seed": 11}
how |= {"validation_split": 0.3}
train = tf.keras.utils.image_dataset_from_directory(root, subset="training", **how)
held_out = tf.keras.utils.image_dataset_from_directory(root, subset="validation", **how)
x = layers.Input((12, 12, 1))
model = compiled(x, head(trunk(layers.Rescaling(1 / 255)(x))))
model.fit(train, epochs=EPOCHS, verbose=2, validation_data=held_out, class_weight=CLASS_WEIGHT)
