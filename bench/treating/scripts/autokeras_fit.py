"""AutoKeras on the same rows, until END, in seconds since 1970.

    autokeras_fit.py FAMILY ROWS.npz POOL.npy OUT.npy END SEED

Runs by a Python of its own: autokeras, six, keras 3.12. The search may take three quarters of the
time; then AutoKeras trains its best on all rows.
"""

import sys
import time

import autokeras
import keras
import numpy as np

family, rows, pool, out, end_at, seed = sys.argv[1:]
seconds = float(end_at) - time.time()  # of what imports have left
search_end = time.monotonic() + 0.75 * seconds
held = np.load(rows)
x, y = held["x"], held["y"]


class Until(keras.callbacks.EarlyStopping):
    """Early stopping as AutoKeras has it, and an end once the time is up.

    As any other callback beside it would be copied into itself by AutoKeras 3.0.
    """

    def on_train_batch_end(self, batch, logs=None):  # noqa: ARG002
        """Looks at the clock."""
        if time.monotonic() > search_end:
            self.model.stop_training = True


def graph():
    """Gives AutoKeras' own task for the family; one put together from its blocks if it has none."""
    given = {"max_trials": 1000, "overwrite": True, "seed": int(seed), "directory": "auto"}
    if family == "pictures":
        return autokeras.ImageClassifier(**given)
    if family == "table":
        return autokeras.StructuredDataClassifier(**given)
    if family == "values":
        return autokeras.StructuredDataRegressor(**given)
    node = autokeras.Input()
    block = autokeras.ConvBlock() if family == "series" else autokeras.RNNBlock()
    head = autokeras.ClassificationHead()
    if family == "sequences":  # a picture a step, its pixels in one line
        return autokeras.AutoModel(node, head(block(node)), **given)
    return autokeras.AutoModel(node, head(autokeras.SpatialReduction()(block(node))), **given)


def ready(values):
    """Gives the rows as AutoKeras takes them."""
    return values.reshape(*values.shape[:2], -1) if family == "sequences" else values


def limited(oracle):
    """Lets an oracle stop once the time is up and there is a trial."""
    create = oracle.create_trial

    def in_time(tuner_id):
        if time.monotonic() > search_end and oracle.end_order:
            oracle.max_trials = len(oracle.trials)
        return create(tuner_id)

    oracle.create_trial = in_time


auto = graph()
limited(auto.tuner.oracle)
stopping = Until(patience=10, min_delta=1e-4)
auto.fit(ready(x), y, validation_split=0.2, callbacks=[stopping], verbose=0)
print(f"{len(auto.tuner.oracle.trials)} trials")
found = np.asarray(auto.predict(ready(np.load(pool)), verbose=0)).astype(float).reshape(-1)
# It answers with labels: a column a class, as the others have it.
np.save(out, found if family == "values" else np.eye(int(y.max()) + 1)[found.astype(int)])
