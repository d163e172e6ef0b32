"""Writes what a saved model makes of rows: `predicted.py MODEL ROWS.npy OUT.npy`."""

import sys

import keras
import numpy as np

import valgap.remedies.layers  # noqa: F401  (a layer of ours may be in the model)

model = keras.saving.load_model(sys.argv[1], compile=False, safe_mode=False)
np.save(sys.argv[3], model.predict(np.load(sys.argv[2]), batch_size=256, verbose=0))
