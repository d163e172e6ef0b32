"""Throws bytes at the parser of Keras' console output: `python tests/fuzz/console_parser.py`.

Takes atheris (not among the dev packages) and the options of libFuzzer, such as
`-max_total_time=60`. Whatever comes, it must neither raise nor hang, and epochs stay in order.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports():
    from valgap.observe.logs.console import Console

SEEDS = (
    b"Epoch 1/2\n9/9 - 1s - loss: 0.5 - val_loss: 0.4\nEpoch 2/2\r\x1b[1m9/9 - loss: nan\b\b",
    b"Train on 6 samples, validate on 2 samples\nEpoch 0\n6/6 [==] - 1s - loss: 1e9 - acc: 0.9\n",
)


def look(data: bytes) -> None:
    """Reads some bytes as a console, in pieces whose size the first byte tells."""
    size = 1 + (data[0] if data else 0)
    text = data.decode("utf-8", "replace")
    console = Console("fuzz")
    console.read(text[i : i + size] for i in range(0, len(text), size))
    for log in console.logs():
        for points in log.figures.values():
            places = [at for at, _ in points]
            if places != sorted(places) or not log.title:
                raise AssertionError(log)


def main() -> None:
    """Runs the seeds, then what libFuzzer makes up."""
    for seed in SEEDS:
        look(seed)
    atheris.Setup(sys.argv, look)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
