"""Attention put into the configuration of a Functional model."""

from __future__ import annotations

from valgap.experiments.change import Config
from valgap.remedies.graph import chain, made, node, refuse_shared, rename, tensor


def attend(model: Config, layer: Config, *, heads: int, width: int) -> None:
    """Lets the steps that an outer layer of a Functional model gives attend to each other.

    The result is added to the steps and normalised.
    """
    refuse_shared(layer)
    name = layer["config"]["name"]
    attended = made(model, "MultiHeadAttention", "attended", num_heads=heads, key_dim=width)
    added, normed = made(model, "Add", "added"), made(model, "LayerNormalization", "normalised")
    rename(model, name, normed["name"])
    attended["inbound_nodes"] = [node(tensor(name), tensor(name))]
    added["inbound_nodes"] = [node([tensor(name), tensor(attended["name"])])]
    normed["inbound_nodes"] = [node(tensor(added["name"]))]
    layers = model["config"]["layers"]
    place = next(i for i, one in enumerate(layers) if one is layer) + 1
    layers[place:place] = [attended, added, normed]


def ask_by_mean(model: Config, query: str, sequence: str, width: int) -> None:
    """Lets what takes an input take the mean over the steps of a sequence instead.

    Args:
        model: a Functional model.
        query: the input.
        sequence: the layer that gives the sequence.
        width: the size of the input, which the mean is brought to.
    """
    mean = made(model, "GlobalAveragePooling1D", "mean")
    asked = made(model, "Dense", "query", units=width)
    rename(model, query, asked["name"])
    chain(sequence, [mean, asked])
    model["config"]["layers"] += [mean, asked]
