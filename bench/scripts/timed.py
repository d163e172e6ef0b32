"""What a script of this bench says of its own fit, as one line of JSON."""

import json
import time
from contextlib import contextmanager


@contextmanager
def report(model, row_bytes):
    """Prints how long the fit took, and how large a row and the weights are, in bytes."""
    start = time.perf_counter()
    yield
    seconds = time.perf_counter() - start
    weights = sum(weight.nbytes for weight in model.get_weights())
    print(json.dumps({"seconds": seconds, "row": row_bytes, "weights": weights}))
