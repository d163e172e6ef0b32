"""What differs between two fits, by their records alone."""

import dataclasses

import pytest

from valgap.comparison.differences import differences
from valgap.evidence.records import (
    CallbackRecord,
    CompileRecord,
    DataRecord,
    EpochRecord,
    FitRecord,
    LayerRecord,
    ModelRecord,
    TensorRecord,
)

TRAIN = DataRecord(
    "train", "arrays", 200, 32, 7, (TensorRecord("x", (8,), "float32"),), checksum="0:200:1"
)
VALIDATION = dataclasses.replace(TRAIN, split="validation", rows=100, steps=4, checksum="0:100:2")
ADAM = {"name": "adam", "learning_rate": 0.003000000026077032, "beta_1": 0.9}


def layer(cls, name, trainable=True, **config):
    inner = {"name": name, "dtype": {"class_name": "DTypePolicy", "config": {"name": "float32"}}}
    return LayerRecord(name, cls, f"model/{name}", "plain", trainable, 10, config=inner | config)


def dense(name, units=8, **config):
    drawn = {"class_name": "GlorotUniform", "config": {"seed": None}}
    return layer("Dense", name, **{"units": units, "kernel_initializer": drawn} | config)


LAYERS = (dense("dense"), layer("Dropout", "dropout", rate=0.1, seed=None), dense("dense_1", 1))


def fit(layers=LAYERS, model=None, compiled=None, **changes):
    made = CompileRecord(None, "'mse'", ("'mae'",), optimizer="Adam", optimizer_config=ADAM)
    given = {
        "compile": dataclasses.replace(made, **(compiled or {})),
        "model": ModelRecord("m", "Sequential", 97, tuple(layers), **(model or {})),
        "train": TRAIN,
        "validation": VALIDATION,
        "arguments": {"epochs": "12", "x": "ndarray(200, 8) float32", "verbose": "2"},
    }
    return FitRecord(0, None, **given | changes)


def told(a, b):
    return [(d.part, d.what, d.a, d.b) for d in differences(a, b)]


def renamed(layers, number):
    return [
        dataclasses.replace(
            x,
            name=f"{x.cls.lower()}_{number + i}",
            path=f"other/{x.cls.lower()}_{number + i}",
            config=dict(x.config) | {"name": f"{x.cls.lower()}_{number + i}"},
        )
        for i, x in enumerate(layers)
    ]


def test_a_fit_does_not_differ_from_itself():
    assert told(fit(), fit()) == []


def test_generated_names_and_seeds_are_no_differences():
    seeded = {"kernel_initializer": {"class_name": "GlorotUniform", "config": {"seed": 7}}}
    other = renamed([dense("dense", **seeded), *LAYERS[1:]], 5)
    model = ModelRecord("sequential_3", "Sequential", 97, tuple(other))
    callbacks = (CallbackRecord("EarlyStopping", {"patience": 5, "wait": 3, "best": 0.2}),)
    fresh = (CallbackRecord("EarlyStopping", {"patience": 5, "wait": 0, "best": None}),)
    assert told(fit(callbacks=fresh), fit(model=None, callbacks=callbacks)) == []
    assert told(fit(), dataclasses.replace(fit(), model=model)) == []


def test_what_does_not_train_otherwise_is_no_difference():
    more = {"epochs": "12", "x": "ndarray(200, 8) float64", "verbose": "0"}
    assert told(fit(), fit(arguments=more)) == []
    assert told(fit(), fit(compiled={"optimizer": "adam"})) == []


def test_layers_added_removed_and_changed_are_told_apart():
    found = told(fit(), fit([dense("dense", 16), dense("extra", 8), dense("dense_1", 1)]))
    assert ("model", "layer", "Dropout(0.1)", None) in found
    added = [d for d in found if d[2] is None]
    assert len(added) == 1
    changed = fit([*LAYERS[:2], dense("head", 3)])
    assert told(fit([*LAYERS[:2], dense("head", 1)]), changed) == [
        ("model", 'layer 3, Dense "head": units', "1", "3")
    ]


def test_an_inserted_layer_leaves_the_others_matched():
    longer = [LAYERS[0], dense("dense_7", 32), *LAYERS[1:]]
    assert told(fit(), fit(longer)) == [("model", "layer", None, "Dense(32)")]


def test_nested_settings_and_precision_are_differences():
    penalty = {"kernel_regularizer": {"class_name": "L2", "config": {"l2": 0.01}}}
    half = {"dtype": {"class_name": "DTypePolicy", "config": {"name": "mixed_float16"}}}
    found = told(fit(), fit([dense("dense", **penalty, **half), *LAYERS[1:]]))
    assert ("model", "layer 1, Dense: dtype", "float32", "mixed_float16") in found
    assert ("model", "layer 1, Dense: kernel_regularizer.l2", None, "0.01") in found


def test_frozen_layers_are_differences():
    frozen = [dataclasses.replace(LAYERS[0], trainable=False), *LAYERS[1:]]
    assert told(fit(), fit(frozen)) == [("model", "layer 1, Dense: trainable", "True", "False")]


def functional(*links):
    nodes = [{"args": [{"config": {"keras_history": [name, 0, 0]}}]} for name in links]
    names = ("input_layer_4", "dense_2", "dense_3")
    return {
        "config": {
            "layers": [
                {"name": name, "inbound_nodes": [node]}
                for name, node in zip(names, nodes, strict=True)
            ]
        }
    }


def test_links_are_compared_without_names():
    chain = fit(model=functional("", "input_layer_4", "dense_2"))
    fork = fit(model=functional("", "input_layer_4", "input_layer_4"))
    assert told(chain, chain) == []
    assert [d[1] for d in told(chain, fork)] == ["links between layers"]


def test_settings_of_compile_are_told():
    other = {"loss": "Huber", "optimizer_config": ADAM | {"learning_rate": 0.01, "name": "b"}}
    assert told(fit(), fit(compiled=other)) == [
        ("compile", "loss", "mse", "Huber"),
        ("compile", "learning_rate", "0.003", "0.01"),
    ]


def test_a_rate_of_an_optimiser_given_by_name_is_read_from_the_epochs():
    epochs = [(EpochRecord(0, {}, 1.0, learning_rate=rate),) for rate in (0.001, 0.01)]
    by_name = {"optimizer": "'adam'", "optimizer_config": {}}
    a, b = fit(compiled=by_name, epochs=epochs[0]), fit(epochs=epochs[1])
    assert told(a, b) == [("compile", "learning_rate of the first epoch", "0.001", "0.01")]


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"batch_size": 64, "steps": 4}, ["training batch size"]),
        ({"shuffled": True}, ["training shuffling"]),
        ({"transforms": "known", "transform_names": ("Flip",)}, ["training random transforms"]),
        ({"inputs": (TensorRecord("y", (9,), "float32"),)}, ["training inputs"]),
        ({"inputs": (TensorRecord("keras_tensor_9", (8,), "float32"),)}, []),
        ({"checksum": "0:200:9"}, ["training rows themselves"]),
        ({"checksum": None}, []),
        ({"rows": 300, "steps": 10, "checksum": "0:300:9"}, ["training rows"]),
    ],
)
def test_data_are_told_by_what_is_fed(changes, what):
    found = told(fit(), fit(train=dataclasses.replace(TRAIN, **changes)))
    assert [d[1] for d in found] == what


def test_missing_validation_data_are_a_difference():
    found = told(fit(), fit(validation=None))
    assert found == [("data", "validation data", "arrays", None)]


def test_epochs_class_weights_and_callbacks_are_told():
    stop = CallbackRecord("EarlyStopping", {"patience": 5, "params": None})
    late = CallbackRecord("EarlyStopping", {"patience": 9, "params": None})
    a = fit(callbacks=(stop,))
    b = fit(
        callbacks=(late, CallbackRecord("TerminateOnNaN")),
        arguments={"epochs": "20"},
        class_weight={"0": 1.0, "1": 3.0},
    )
    assert told(a, b) == [
        ("fit", "epochs", "12", "20"),
        ("fit", "class_weight", None, "{'0': 1.0, '1': 3.0}"),
        ("fit", "EarlyStopping patience", "5", "9"),
        ("fit", "callback", None, "TerminateOnNaN"),
    ]
