"""Six classes, very few pictures: training creeps up while validation goes the other way.

Case 3, its last and smallest network. Only `--planted` pictures so far: shapes drawn into
folders; the other options make it smaller.
"""

import argparse
import tempfile
from pathlib import Path

import tensorflow as tf
from _pictures import planted_folders
from tensorflow.keras import regularizers
from tensorflow.keras.layers import (
    Activation,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    MaxPooling2D,
)
from tensorflow.keras.models import Sequential
from tensorflow.keras.preprocessing.image import ImageDataGenerator

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--planted", action="store_true", required=True, help="drawn pictures")
parser.add_argument("--rows", type=int, default=300, help="training pictures")
parser.add_argument("--size", type=int, default=64, help="height and width")
parser.add_argument("--epochs", type=int, default=60)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--folder", type=Path, help="where the pictures are written")
options = parser.parse_args()

tf.keras.utils.set_random_seed(options.seed)
name = f"diverging_confidence-{options.rows}-{options.size}-{options.seed}"
folder = options.folder or Path(tempfile.gettempdir()) / name
planted_folders(folder, options.rows, options.rows // 2, options.size, options.seed)
train_data_dir = folder / "train"
validation_data_dir = folder / "validation"
img_width = img_height = options.size
input_shape = (img_height, img_width, 3)
batch_size = 16

reg = 0.0001

model = Sequential()

model.add(
    Conv2D(
        8,
        (3, 3),
        input_shape=input_shape,
        padding="same",
        kernel_regularizer=regularizers.l2(reg),
    )
)
model.add(BatchNormalization())
model.add(Activation("relu"))
model.add(Dropout(0.7))
model.add(MaxPooling2D(pool_size=(2, 2)))
model.add(Dropout(0.5))

model.add(Conv2D(16, (3, 3), padding="same", kernel_regularizer=regularizers.l2(reg)))
model.add(BatchNormalization())
model.add(Activation("relu"))
model.add(Dropout(0.7))
model.add(MaxPooling2D(pool_size=(2, 2)))
model.add(Dropout(0.5))

model.add(Flatten())
model.add(Dense(16, kernel_regularizer=regularizers.l2(reg)))
model.add(BatchNormalization())
model.add(Activation("relu"))
model.add(Dropout(0.5))

model.add(Dense(6))
model.add(Activation("softmax"))

model.compile(loss="categorical_crossentropy", optimizer="SGD", metrics=["accuracy"])

train_datagen = ImageDataGenerator(
    rotation_range=10,
    width_shift_range=0.05,
    height_shift_range=0.05,
    shear_range=0.05,
    zoom_range=0.05,
    rescale=1 / 255.0,
    fill_mode="nearest",
    channel_shift_range=0.2 * 255,
)
train_generator = train_datagen.flow_from_directory(
    train_data_dir,
    target_size=(img_width, img_height),
    batch_size=batch_size,
    shuffle=True,
    class_mode="categorical",
)

validation_datagen = ImageDataGenerator(rescale=1 / 255.0)
validation_generator = validation_datagen.flow_from_directory(
    validation_data_dir,
    target_size=(img_width, img_height),
    batch_size=1,
    shuffle=True,
    class_mode="categorical",
)

model.fit(train_generator, epochs=options.epochs, validation_data=validation_generator)
