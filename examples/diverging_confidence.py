"""Six classes, very few pictures: training creeps up while validation goes the other way.

Case 3, its last and smallest network, and with `--network vgg16` the large one (weights at random,
or from a file of `keras.applications`), or in its place `lite0`, EfficientNet-Lite0 with its own
weights. Stamps by default, `--planted` for shapes drawn into folders. The other options make it
smaller.

`--fixed` takes the causes away: Dropout stands behind the last batch normalisation alone, whose
moving statistics keep up (momentum .9), the weights of the best epoch are kept, and of drawn
pictures there are four times as many. A pretrained network is fed pictures as it was trained on
them: Lite0 from -1 to 1, VGG16 with the means of ImageNet taken off.
"""

import argparse
import tempfile
from pathlib import Path

import tensorflow as tf
from planted.pictures import planted_folders
from real.lite0 import lite0, preprocess
from real.stamps import stamp_folders
from tensorflow.keras import regularizers
from tensorflow.keras.applications import VGG16, vgg16
from tensorflow.keras.callbacks import EarlyStopping
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
parser.add_argument("--planted", action="store_true", help="drawn pictures, not real stamps")
parser.add_argument("--fixed", action="store_true", help="without what is wrong")
parser.add_argument("--network", choices=("small", "vgg16", "lite0"), default="small")
parser.add_argument("--weights", type=Path, help="of VGG16 without its top, as Keras keeps them")
parser.add_argument("--released", type=int, default=0, help="its last layers that train")
parser.add_argument("--rows", type=int, default=300, help="training pictures that are drawn")
parser.add_argument("--size", type=int, default=64, help="height and width, 32 or more")
parser.add_argument("--epochs", type=int, default=60)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--folder", type=Path, help="where the pictures are written")
options = parser.parse_args()

tf.keras.utils.set_random_seed(options.seed)
rows = options.rows * 4 if options.fixed else options.rows
kind = f"planted-{rows}-{rows // 2}" if options.planted else "stamps"
name = f"diverging_confidence-{kind}-{options.size}-{options.seed}"
folder = options.folder or Path(tempfile.gettempdir()) / name
if options.planted:
    planted_folders(folder, rows, rows // 2, options.size, options.seed)
else:
    stamp_folders(folder, options.size, options.seed)
train_data_dir = folder / "train"
validation_data_dir = folder / "validation"
img_width = img_height = options.size
input_shape = (img_height, img_width, 3)
batch_size = 16

reg = 0.0001
momentum = 0.9 if options.fixed else 0.99


def block(filters, **first):
    l2 = regularizers.l2(reg)
    layers = [
        Conv2D(filters, (3, 3), padding="same", kernel_regularizer=l2, **first),
        BatchNormalization(momentum=momentum),
        Activation("relu"),
        Dropout(0.7),
        MaxPooling2D(pool_size=(2, 2)),
        Dropout(0.5),
    ]
    return [each for each in layers if not (options.fixed and isinstance(each, Dropout))]


model = Sequential()
if options.network != "small":
    if options.network == "vgg16":
        base = VGG16(include_top=False, weights=options.weights, input_shape=input_shape)
    else:
        base = lite0(options.size)
    base.trainable = options.released > 0
    for layer in base.layers[: len(base.layers) - options.released]:
        layer.trainable = False
    model.add(base)
    model.add(Flatten())
    model.add(Dense(256, activation="relu"))
else:
    for layer in (*block(8, input_shape=input_shape), *block(16)):
        model.add(layer)
    model.add(Flatten())
    model.add(Dense(16, kernel_regularizer=regularizers.l2(reg)))
    model.add(BatchNormalization(momentum=momentum))
    model.add(Activation("relu"))
model.add(Dropout(0.5))

model.add(Dense(6))
model.add(Activation("softmax"))

model.compile(loss="categorical_crossentropy", optimizer="SGD", metrics=["accuracy"])

scaled = {"rescale": 1 / 255.0}
if options.fixed and options.network == "lite0":
    scaled = {"preprocessing_function": preprocess}
elif options.fixed and options.network == "vgg16":
    scaled = {"preprocessing_function": vgg16.preprocess_input}
train_datagen = ImageDataGenerator(
    rotation_range=10,
    width_shift_range=0.05,
    height_shift_range=0.05,
    shear_range=0.05,
    zoom_range=0.05,
    fill_mode="nearest",
    channel_shift_range=0.2 * 255,
    **scaled,
)
train_generator = train_datagen.flow_from_directory(
    train_data_dir,
    target_size=(img_width, img_height),
    batch_size=batch_size,
    shuffle=True,
    class_mode="categorical",
)

validation_datagen = ImageDataGenerator(**scaled)
validation_generator = validation_datagen.flow_from_directory(
    validation_data_dir,
    target_size=(img_width, img_height),
    batch_size=1,
    shuffle=True,
    class_mode="categorical",
)

best = EarlyStopping(patience=options.epochs, restore_best_weights=True)
model.fit(
    train_generator,
    epochs=options.epochs,
    validation_data=validation_generator,
    callbacks=[best] if options.fixed else None,
)
