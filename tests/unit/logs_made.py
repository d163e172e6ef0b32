"""Logs as each tool writes them, in small, for the tests of `valgap read`."""

from __future__ import annotations

import struct

BAR = "=" * 30
LINE = "\u2501" * 20

KERAS_0 = (
    "Epoch 0\n"
    f"60000/60000 [{BAR}] - 11s - loss: 0.50 - acc.: 0.90 - val. loss: 0.4 - val_loss: 0.40\n"
    "Epoch 1\n"
    f"60000/60000 [{BAR}] - 11s - loss: 0.40 - acc.: 0.91 - val. loss: 0.3 - val_loss: 0.30\n"
)
KERAS_1 = (
    "Train on 60000 samples, validate on 10000 samples\nEpoch 1/2\n"
    f"\r  128/60000 [{'.' * 30}] - ETA: 1:23 - loss: 2.3 - acc: 0.1"
    + "\b"
    * 70
    + f"\r60000/60000 [{BAR}] - 6s - loss: 0.50 - acc: 0.90 - val_loss: 0.40 - val_acc: 0.92 \n"
    f"Epoch 2/2\n60000/60000 [{BAR}] - 6s - loss: 0.40 - acc: 0.91 - val_loss: 0.30"
    " - val_acc: 0.93\n"
)
KERAS_1_VERBOSE_2 = (
    "Train on 60000 samples, validate on 10000 samples\n"
    "Epoch 1/2\n6s - loss: 0.50 - acc: 0.90 - val_loss: 0.40 - val_acc: 0.92\n"
    "Epoch 2/2\n5s - loss: 0.40 - acc: 0.91 - val_loss: 0.30 - val_acc: 0.93\n"
)
KERAS_2 = (
    "Using TensorFlow backend.\nEpoch 1/2\n"
    f" 1/10 [==>{'.' * 27}] - ETA: 0s - loss: 0.9 - accuracy: 0.2"
    + "\b"
    * 65
    + f"\r10/10 [{BAR}] - 1s 55ms/step - loss: 0.50 - accuracy: 0.90 - val_loss: 0.40"
    " - val_accuracy: 0.92\n\nEpoch 00001: val_loss improved from inf to 0.40, saving model\n"
    f"Epoch 2/2\n10/10 [{BAR}] - 0s 4ms/step - loss: 0.40 - accuracy: 0.91 - val_loss: 0.30"
    " - val_accuracy: 0.93\n\nEpoch 00002: val_loss improved from 0.40 to 0.30, saving model\n"
    f"5/5 [{BAR}] - 0s 2ms/step - loss: 7.7 - accuracy: 0.1\n"
)
KERAS_2_VERBOSE_2 = (
    "Epoch 1/2\n - 6s - loss: 0.50 - acc: 0.90 - val_loss: 0.40 - val_acc: 0.92\n"
    "Epoch 2/2\n - 5s - loss: 0.40 - acc: 0.91 - val_loss: 0.30 - val_acc: 0.93\n"
)
TF_KERAS_VERBOSE_2 = (
    "Epoch 1/2\n1875/1875 - 3s - loss: 0.50 - accuracy: 0.90 - val_loss: 0.40 - val_accuracy: 0.92"
    " - 3s/epoch - 2ms/step\n"
    "Epoch 2/2\n1875/1875 - 3s - loss: 0.40 - accuracy: 0.91 - val_loss: 0.30 - val_accuracy: 0.93"
    " - 3s/epoch - 2ms/step\n"
)


def _keras_3_bar(done: int, total: int, figures: str) -> str:
    return (
        f"\x1b[1m{done}/{total}\x1b[0m \x1b[32m{LINE}\x1b[0m\x1b[37m\x1b[0m "
        f"\x1b[1m0s\x1b[0m 4ms/step - {figures}"
    )


KERAS_3 = "".join(
    f"Epoch {epoch}/2\n\r{_keras_3_bar(1, 9, 'accuracy: 0.2500 - loss: 0.7771')}"
    + "\b" * 72
    + "\r"
    + _keras_3_bar(9, 9, figures)
    + "\n"
    for epoch, figures in (
        (1, "accuracy: 0.90 - loss: 0.50 - val_accuracy: 0.92 - val_loss: 0.40"),
        (2, "accuracy: 0.91 - loss: 0.40 - val_accuracy: 0.93 - val_loss: 0.30"),
    )
) + _keras_3_bar(3, 3, "accuracy: 0.1 - loss: 7.7\n")
KERAS_3_VERBOSE_2 = (
    "Epoch 1/2\n9/9 - 1s - 64ms/step - accuracy: 0.90 - loss: 0.50 - val_accuracy: 0.92"
    " - val_loss: 0.40\n"
    "Epoch 2/2\n9/9 - 0s - 8ms/step - accuracy: 0.91 - loss: 0.40 - val_accuracy: 0.93"
    " - val_loss: 0.30\n1/1 - 0s - 133ms/step - accuracy: 0.4 - loss: 7.7\n"
)
CONSOLES = {
    "keras 0": KERAS_0,
    "keras 1": KERAS_1,
    "keras 1, verbose 2": KERAS_1_VERBOSE_2,
    "keras 2": KERAS_2,
    "keras 2, verbose 2": KERAS_2_VERBOSE_2,
    "tf.keras, verbose 2": TF_KERAS_VERBOSE_2,
    "keras 3": KERAS_3,
    "keras 3, verbose 2": KERAS_3_VERBOSE_2,
    "one line an epoch": (
        "Epoch 1/2 ... - loss: 0.50 - acc: 0.90 - val_loss: 0.40\n"
        "Epoch 2/2 ... - loss: 0.40 - acc: 0.91 - val_loss: 0.30\n"
    ),
    "without ends of line": KERAS_3_VERBOSE_2.replace("\n", " "),
    "escapes lost": KERAS_3.replace("\x1b", ""),
    "returns and line feeds": KERAS_3.replace("\n", "\r\n"),
    "times before": KERAS_2_VERBOSE_2.replace("Epoch", "2024-05-01T10:00:00.123Z Epoch"),
    "wrapped": (
        "Epoch 1/2\n60000/60000 [=====] - 6s - loss: 0.50 -\nacc: 0.90 - val_loss:\n0.40\n"
        "Epoch 2/2\n60000/60000 [=====] - 6s - loss: 0.40 -\nacc: 0.91 - val_loss:\n0.30\n"
    ),
}


def event_file(points: dict[str, list[float]], first: int = 0) -> bytes:
    """A TensorBoard file with scalars as `tf.summary` writes them, and as v1 did."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.tensor_pb2 import TensorProto

    events = [Event(wall_time=1.0, file_version="brain.Event:2")]
    for tag, values in points.items():
        for step, value in enumerate(values, first):
            event = Event(wall_time=2.0, step=step)
            if tag.startswith("epoch"):
                tensor = TensorProto(dtype=1, float_val=[value])
                event.summary.value.add(tag=tag, tensor=tensor)
            else:
                event.summary.value.add(tag=tag, simple_value=value)
            events.append(event)
    events[-1].summary.value.add(tag="text", tensor=TensorProto(dtype=7, string_val=[b"words"]))
    return b"".join(_framed(event.SerializeToString()) for event in events)


def _framed(record: bytes) -> bytes:
    return struct.pack("<Q", len(record)) + b"\0" * 4 + record + b"\0" * 4
