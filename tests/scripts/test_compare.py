"""`valgap compare` of two scripts, from the first run to the answer."""

import json

import pytest
from runner import PLAIN

SCRIPT = """
    import keras
    import numpy as np

    keras.utils.set_random_seed({seed})
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 8)).astype("float32")
    y = (x[:, 0] * x[:, 1] > 0).astype("float32")
    model = keras.Sequential([
        keras.Input((8,)),
        keras.layers.Dense({units}, activation="relu"),
        keras.layers.Dense(1, activation="sigmoid"),
    ])
    model.compile(keras.optimizers.Adam({rate}), "binary_crossentropy", metrics=["accuracy"])
    model.fit(x[:200], y[:200], epochs=2, validation_data=(x[200:], y[200:]), verbose=0)
    print("the script's own words")
"""
COMPARE = (*PLAIN, "-m", "valgap", "compare")


@pytest.mark.long
def test_two_scripts_are_recorded_and_compared_in_pairs(folder):
    folder.write("narrow.py", SCRIPT.format(seed=1, units=2, rate=0.001))
    folder.write("wide.py", SCRIPT.format(seed=2, units=16, rate=0.01))
    ended = folder.run(*COMPARE, "--pairs", "2", "narrow.py", "wide.py")
    assert ended.status == 0, ended.err
    text = ended.out.decode()
    for told in (
        "layer 1, Dense: units: 2 \N{RIGHTWARDS ARROW} 16",
        "learning_rate: 0.001 \N{RIGHTWARDS ARROW} 0.01",
        "generalisation",
        "did it help? cannot tell: needs about ",
        "fewer than 6 pairs cannot pass the sign-flip test at 5 %",
    ):
        assert told in text
    assert "own words" not in text + ended.err
    assert "valgap: B, seed 2: " in ended.err
    runs = [next(folder.path.glob(f".valgap/compared/{n}-*/runs/*")) for n in ("narrow", "wide")]
    again = folder.run(*COMPARE, "--pairs", "2", "--format", "json", *map(str, runs))
    assert (again.status, again.err) == (0, "")  # the trials are not made twice
    made = json.loads(again.out)
    assert made["answer"] == "cannot tell"
    assert (made["effect"]["figure"], made["effect"]["pairs"]) == ("skill", 2)
    assert made["effect"]["over"] == "seeds"
    assert [d["what"] for d in made["differences"]] == [
        "layer 1, Dense: units",
        "parameters",
        "learning_rate",
    ]
    assert [run["script"] for run in made["runs"]] == ["narrow.py", "wide.py"]
