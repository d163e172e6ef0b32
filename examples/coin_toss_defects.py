"""Are two pieces stuck together? Validation accuracy is that of a coin toss.

Case 2: two convolutions, a giant dense layer, pictures read from folders. Solar cells by default,
`--planted` for round pieces. The other options only make it smaller. `--head` takes one of the
heads that were tried, or could have been: `sigmoid` as posted, `two` for the change to
multi-class, `softmax` for one unit that can say one thing alone, `mismatch` for one unit and
labels of two columns, which Keras refuses.

`--fixed` takes the causes away: all pictures are seen in an epoch and in validation, in random
order; smaller kernels with batch normalisation, and pooling in place of the giant layer; no shear
or zoom.
"""

import argparse
import tempfile
from pathlib import Path

import tensorflow as tf
from planted import write_known
from planted.defects import planted_defects
from real.cells import cell_folders, cell_groups
from tensorflow.keras.layers import (
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalMaxPooling2D,
    MaxPooling2D,
)
from tensorflow.keras.models import Sequential
from tensorflow.keras.preprocessing.image import ImageDataGenerator

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--planted", action="store_true", help="drawn pieces, not real cells")
parser.add_argument("--fixed", action="store_true", help="without what is wrong")
parser.add_argument("--head", choices=("sigmoid", "two", "softmax", "mismatch"), default="sigmoid")
parser.add_argument("--rows", type=int, default=250, help="training pictures a class")
parser.add_argument("--size", type=int, default=256, help="height and width")
parser.add_argument("--epochs", type=int, default=100)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--known", type=Path, help="write here, as NPZ, what is known of each row")
parser.add_argument("--folder", type=Path, help="where the pictures are written")
options = parser.parse_args()

tf.keras.utils.set_random_seed(options.seed)
kind = "planted" if options.planted else "cells"
name = f"coin_toss_defects-{kind}-{options.rows}-{options.size}-{options.seed}"
folder = options.folder or Path(tempfile.gettempdir()) / name
train_images, val_images = options.rows, options.rows // 5
counts = {"train": train_images, "validation": val_images, "test": options.rows * 30 // 250}
write = planted_defects if options.planted else cell_folders
write(folder, counts, options.size, options.seed)
size = (options.size, options.size)
shape = (*size, 3)

classifier = Sequential()
if options.fixed:
    for filters in (16, 32, 32):
        classifier.add(Conv2D(filters, 3, padding="same", use_bias=False))
        classifier.add(BatchNormalization(momentum=0.9))
        classifier.add(tf.keras.layers.ReLU())
        classifier.add(MaxPooling2D(2))
    classifier.add(GlobalMaxPooling2D())
else:
    classifier.add(Conv2D(32, (7, 7), padding="same", input_shape=shape, activation="relu"))
    classifier.add(MaxPooling2D(pool_size=(2, 2)))
    classifier.add(Dropout(0.5))
    classifier.add(Conv2D(64, (5, 5), padding="same", input_shape=shape, activation="relu"))
    classifier.add(MaxPooling2D(pool_size=(2, 2)))
    classifier.add(Dropout(0.5))
    classifier.add(Flatten())
    classifier.add(Dense(units=128, activation="relu"))
two = options.head == "two"
activation = "softmax" if two or options.head == "softmax" else "sigmoid"
classifier.add(Dense(units=2 if two else 1, activation=activation))
loss = "categorical_crossentropy" if two else "binary_crossentropy"
classifier.compile(optimizer="adam", loss=loss, metrics=["accuracy"])

transforms = {} if options.fixed else {"shear_range": 0.2, "zoom_range": 0.2}
train_datagen = ImageDataGenerator(rescale=1.0 / 255, horizontal_flip=True, **transforms)
validation_datagen = ImageDataGenerator(rescale=1.0 / 255)
train_batch_size = 10
val_batch_size = 10
mode = "categorical" if options.head in ("two", "mismatch") else "binary"
training_set = train_datagen.flow_from_directory(
    folder / "train", target_size=size, batch_size=train_batch_size, class_mode=mode
)
validation_set = validation_datagen.flow_from_directory(
    folder / "validation",
    target_size=size,
    batch_size=val_batch_size,
    class_mode=mode,
    shuffle=False,
)
if options.known and not options.planted:
    cells = (cell_groups(each.filenames) for each in (training_set, validation_set))
    write_known(options.known, tuple(cells))
steps = {
    "steps_per_epoch": train_images // train_batch_size,
    "validation_steps": val_images // val_batch_size,
}
classifier.fit(
    training_set,
    epochs=options.epochs,
    validation_data=validation_set,
    **({} if options.fixed else steps),
)
