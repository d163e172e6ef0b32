"""Which of three dogs is in the frame? Validation jumps about and does not settle.

Case 4: three clips, a frame a second, shuffled and split at random. Real clips by default,
`--planted` for drawn dogs. The other options only make it smaller.

`--fixed` takes the causes away: moving statistics that keep up (momentum .8), validation without
random transforms and in scenes of their own, with a gap before each, inputs from 0 to 1, and the
weights of the best epoch kept; the rate falls; and drawn dogs pass more scenes in as many frames.
"""

import argparse
from pathlib import Path

import numpy as np
import tensorflow as tf
from planted import write_known
from planted.frames import planted_frames
from real.clips import clip_frames
from tensorflow.keras.callbacks import EarlyStopping, LearningRateScheduler
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
from tensorflow.keras.optimizers import SGD
from tensorflow.keras.preprocessing.image import ImageDataGenerator
from tensorflow.keras.utils import to_categorical

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--planted", action="store_true", help="drawn dogs in place of real clips")
parser.add_argument("--fixed", action="store_true", help="without what is wrong")
parser.add_argument("--rows", type=int, default=600, help="planted frames a dog")
parser.add_argument("--size", type=int, default=64, help="height and width, 44 or more")
parser.add_argument("--epochs", type=int, default=100)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--known", type=Path, help="write here, as NPZ, what is known of each row")
options = parser.parse_args()

tf.keras.utils.set_random_seed(options.seed)
imgSize = options.size


def split_by_scenes(labels, scenes, every=4, gap=2):
    """Positions of training and validation: each fourth scene of a clip is held out."""
    kept, held_out = [], []
    for label in np.unique(labels):
        for i, name in enumerate(np.unique(scenes[labels == label])):
            is_held_out = i % every == every - 1
            (held_out if is_held_out else kept).append(np.flatnonzero(scenes == name)[gap:-gap])
    return np.concatenate(kept), np.concatenate(held_out)


if options.planted:
    # Scenes of their own for validation leave fewer to train on.
    scenes = max(20, options.rows // 15) if options.fixed else 20
    frames = planted_frames(options.rows, imgSize, options.seed, scenes)
else:
    frames = clip_frames(imgSize)
imArr, imLab, scene = frames.x, frames.y, frames.groups

lab = to_categorical(imLab, 3)
if options.fixed:
    kept, held_out = split_by_scenes(imLab, scene)
    gen = ImageDataGenerator(
        zoom_range=0.2, horizontal_flip=True, vertical_flip=True, rescale=1 / 255
    )
    clean = ImageDataGenerator(rescale=1 / 255)
    train_gen = gen.flow(imArr[kept], lab[kept], batch_size=64)
    test_gen = clean.flow(imArr[held_out], lab[held_out], batch_size=64, shuffle=False)
    scenes = scene[kept], scene[held_out]
else:
    randomize = np.arange(len(imArr))
    np.random.shuffle(randomize)
    imArr = imArr[randomize]
    lab = lab[randomize]
    scene = scene[randomize]
    gen = ImageDataGenerator(
        zoom_range=0.2, horizontal_flip=True, vertical_flip=True, validation_split=0.25
    )
    train_gen = gen.flow(imArr, lab, batch_size=64, subset="training")
    test_gen = gen.flow(imArr, lab, batch_size=64, subset="validation")
    # Keras takes the first quarter for validation.
    scenes = scene[len(scene) // 4 :], scene[: len(scene) // 4]
if options.known:
    write_known(options.known, scenes)

momentum = 0.8 if options.fixed else 0.99
model = Sequential()

model.add(Conv2D(16, (11, 11), strides=1, input_shape=(imgSize, imgSize, 3)))
model.add(Activation("relu"))
model.add(MaxPooling2D(pool_size=(3, 3), strides=2))
model.add(BatchNormalization(axis=-1, momentum=momentum))

model.add(Conv2D(32, (5, 5), strides=1))
model.add(Activation("relu"))
model.add(MaxPooling2D(pool_size=(3, 3), strides=2))
model.add(BatchNormalization(axis=-1, momentum=momentum))

model.add(Conv2D(32, (3, 3)))
model.add(Activation("relu"))
model.add(MaxPooling2D(pool_size=(3, 3), strides=2))
model.add(BatchNormalization(axis=-1, momentum=momentum))

model.add(Flatten())
model.add(Dense(512))
model.add(Activation("relu"))
model.add(BatchNormalization(axis=-1, momentum=momentum))
model.add(Dropout(0.3))

# Fully connected layer
model.add(Dense(256))
model.add(Activation("relu"))
model.add(BatchNormalization(momentum=momentum))
model.add(Dropout(0.3))

model.add(Dense(3))

model.add(Activation("softmax"))

sgd = SGD(learning_rate=0.004)
model.compile(loss="categorical_crossentropy", optimizer=sgd, metrics=["accuracy"])


def falling(epoch, lr):
    return lr if epoch < options.epochs // 5 else 0.9 * lr


best = EarlyStopping(patience=options.epochs, restore_best_weights=True)
model.fit(
    train_gen,
    steps_per_epoch=len(train_gen),
    epochs=options.epochs,
    validation_data=test_gen,
    validation_steps=len(test_gen),
    shuffle=True,
    callbacks=[best, LearningRateScheduler(falling)] if options.fixed else None,
)
