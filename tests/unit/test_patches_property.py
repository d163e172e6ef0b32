"""Whatever a script looks like: what is patched parses, and all else is as it was."""

import ast

from hypothesis import given, settings
from hypothesis import strategies as st
from patches_help import layer, subject

from valgap.patches.registry import load_patches, patched

NOISE = st.sampled_from(
    [
        "# a comment, with (brackets] and 'quotes",
        "s = 'ü, (' + \"activity_regularizer=\"",
        '"""text\nof Dense(8, activity_regularizer=1)\n"""',
        "x = {'a': [1, 2], (3): lambda a, b=1: (a, b)}\f",
        "",
        "if x: y = (1,\n       2)  # é",
    ]
)
KEPT = st.sampled_from(
    ["8", "(8)", "units=8", "name='ü,('", "use_bias=f(a, [b, c])", "dtype=lambda a, b: (a, b)"]
)
GONE = st.sampled_from(
    ["activity_regularizer='l2'", "activity_regularizer=(l2(\n  1, 2))", "activity_regularizer = r"]
)
GAP = st.sampled_from(["", " ", "\n    ", "  # why, (\n    ", "\n\n  "])


@st.composite
def calls(draw):
    """A call of Dense as people write it, and the names of its arguments that are to stay."""
    kept = draw(st.lists(KEPT, unique_by=lambda text: text.split("=")[0].strip("()"), max_size=4))
    arguments = sorted(kept, key=lambda text: "=" in text.split("(")[0])
    at = draw(st.integers(sum("=" not in a.split("(")[0] for a in arguments), len(arguments)))
    arguments.insert(at, draw(GONE))
    text = "".join(f"{draw(GAP)}{a}{draw(GAP)}," for a in arguments)
    text = text if draw(st.booleans()) else text[:-1]
    return f"dense = layers.Dense({text}{draw(GAP)})(x)"


@st.composite
def scripts(draw):
    head, middle, tail = (draw(st.lists(NOISE, max_size=3)) for _ in range(3))
    lines = ["from keras import layers", *head, draw(calls()), *middle, "model.fit(x, y)", *tail]
    end = draw(st.sampled_from(["\n", "\r\n"]))
    return "\n".join(lines).replace("\n", end) + end, head, middle, tail, end


def tree_without_the_penalty(source):
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            node.keywords = [k for k in node.keywords if k.arg != "activity_regularizer"]
    return ast.dump(tree)


@settings(max_examples=400, deadline=None)
@given(scripts())
def test_a_keyword_is_removed_and_every_other_character_stays(made):
    source, head, middle, tail, end = made
    penalised = layer("dense", "Dense", activity_regularizer={"class_name": "L2"})
    new = patched(source, "no-activity-penalty", subject(source, penalised))
    assert new is not None
    assert ast.dump(ast.parse(new)) == tree_without_the_penalty(source)
    before = end.join(["from keras import layers", *head]).replace("\n", end).replace("\r\r", "\r")
    after = end.join([*middle, "model.fit(x, y)", *tail]).replace("\n", end).replace("\r\r", "\r")
    assert new.startswith(before)
    assert new.endswith(after + end)


ANY = "model = layers.Dense(1, activation='relu', kernel_initializer='zeros')(x)  # ü, ("
EVERY = f"""import keras
from keras import layers
from sklearn.model_selection import train_test_split
a, b, c, d = train_test_split(x, y)
x = layers.BatchNormalization()(x)
x = layers.Dropout(0.5)(x)
x = layers.Flatten()(x)
{ANY}
model.compile(keras.optimizers.Adam(0.001), "binary_crossentropy")
model.fit(x, y, epochs=10, shuffle=False, steps_per_epoch=2)
"""
LAYERS = (
    layer("batch_normalization", "BatchNormalization", (4, 4, 8), axis=-1, momentum=0.99),
    layer("dropout", "Dropout", (4, 4, 8), rate=0.5),
    layer("flatten", "Flatten", (128,)),
    layer("dense", "Dense", (1,), kernel_initializer={"class_name": "Zeros"}),
)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_any_remedy_gives_what_parses_or_nothing_and_comments_stay(data):
    lines = EVERY.splitlines()
    for _ in range(3):
        lines.insert(data.draw(st.integers(0, len(lines))), data.draw(NOISE))
    source = "\n".join(lines)
    told = subject(source, *LAYERS, layer="dense", loss="'binary_crossentropy'")
    for remedy in load_patches():
        new = patched(source, remedy, told)
        if new is not None:
            ast.parse(new)
            assert new != source
            assert new.count("#") == source.count("#")
            assert new.count("ü") == source.count("ü")


def test_every_other_remedy_has_something_to_change_in_such_a_script():
    told = subject(EVERY, *LAYERS, layer="dense", loss="'binary_crossentropy'")
    refused = {remedy for remedy in load_patches() if patched(EVERY, remedy, told) is None}
    assert refused == {
        *("no-activity-penalty", "no-penalties", "one-unit-a-class", "all-validation-rows")
    }
