"""Data for the fresh scripts, copied beside each of them. Not that of `makers`.

Each function takes a number of rows and a NumPy generator, and gives raw things as people have
them: text as strings, columns in their units, pictures from 0 to 255.
"""

import numpy as np

GLYPHS = {
    "H": "10001 10001 10001 11111 10001 10001 10001",
    "E": "11111 10000 10000 11110 10000 10000 11111",
    "L": "10000 10000 10000 10000 10000 10000 11111",
    "T": "11111 00100 00100 00100 00100 00100 00100",
    "X": "10001 10001 01010 00100 01010 10001 10001",
    "O": "01110 10001 10001 10001 10001 10001 01110",
}
ARROW = "00100 01110 10101 00100 00100 00100 00100"
WORDS = """lovely crisp bright tender generous warm superb fresh honest charming
stale bland greasy rude cold dirty dull noisy burnt soggy
the a this that place dinner lunch waiter table soup bread wine evening we had was were
with and our they came menu room street corner then later again price portion plate"""
GOOD, BAD, PLAIN = np.split(np.array(WORDS.split()), [10, 20])


def bitmap(text):
    """Gives the picture of rows of 0 and 1."""
    return np.array([[int(dot) for dot in row] for row in text.split()], float)


def placed(small, rng, size=18, noise=35.0):
    """Gives a picture of `size` with a small one anywhere, some bright, some faint."""
    picture = rng.normal(40, noise, (size, size))
    top, left = (rng.integers(1, size - side) for side in small.shape)
    picture[top : top + small.shape[0], left : left + small.shape[1]] += small * rng.uniform(
        110, 190
    )
    return np.clip(picture, 0, 255)


def letters(rows, rng, noise=35.0):
    """Gives pictures of 18 x 18 from 0 to 255 of one of six letters, and which."""
    y = rng.integers(0, len(GLYPHS), rows)
    small = [bitmap(text) for text in GLYPHS.values()]
    return np.stack([placed(small[kind], rng, noise=noise) for kind in y]).astype("float32"), y


def arrows(rows, rng, noise=35.0):
    """Gives pictures of an arrow to the north, west, south or east, and which."""
    y = rng.integers(0, 4, rows)
    return np.stack([placed(np.rot90(bitmap(ARROW), kind), rng, noise=noise) for kind in y]).astype(
        "float32"
    ), y


def beats(rows, rng, steps=80, noise=0.15):
    """Gives heart beats of one lead: sound, wide, without a first wave, or doubled."""
    y = rng.integers(0, 4, rows)
    time = np.linspace(0, 1, steps)[None]
    at = rng.uniform(0.4, 0.55, (rows, 1))
    kind = y[:, None]
    x = np.exp(-(((time - at) / np.where(kind == 1, 0.06, 0.018)) ** 2))
    x += np.where(kind == 2, 0, 0.35) * np.exp(-(((time - at + 0.17) / 0.03) ** 2))
    x += np.where(kind == 3, 0.8, 0) * np.exp(-(((time - at - 0.12) / 0.018) ** 2))
    x += 0.3 * np.exp(-(((time - at - 0.28) / 0.05) ** 2))
    x *= rng.uniform(0.7, 1.3, (rows, 1))
    x += rng.normal(0, 0.2, (rows, 1)) + rng.normal(0, noise, (rows, steps))
    return x.astype("float32")[..., None], y


def reviews(rows, rng, shortest=8, longest=25):
    """Gives short reviews as strings, and 1 where the guest was pleased."""
    y = rng.integers(0, 2, rows)
    texts = []
    for pleased in y:
        words = rng.choice(PLAIN, rng.integers(shortest, longest)).tolist()
        for _ in range(rng.integers(2, 5)):
            side = GOOD if (rng.random() < 0.88) == bool(pleased) else BAD
            words[rng.integers(len(words))] = str(rng.choice(side))
        texts.append(" ".join(words))
    return texts, y


def numbered(texts, length=25):
    """Gives texts as numbers of words from 1, 0 behind the end."""
    index = {word: place for place, word in enumerate((*GOOD, *BAD, *PLAIN), 1)}
    x = np.zeros((len(texts), length), "int32")
    for row, text in enumerate(texts):
        numbers = [index[word] for word in text.split()][:length]
        x[row, : len(numbers)] = numbers
    return x


def customers(rows, rng, share=0.3, noise=0.6):
    """Gives columns of customers of a shop in their units, and 1 for those who left."""
    months = rng.gamma(2.0, 14.0, rows)
    spent = rng.lognormal(4.0, 0.6, rows)
    calls = rng.poisson(2.0, rows)
    age = rng.uniform(18, 80, rows)
    late = rng.random(rows)
    score = (
        1.1 * (calls - 2) - 0.05 * (months - 28) - 1.3 * np.log(spent / 55)
        + 1.5 * (late > 0.7) * (age < 40) + rng.normal(0, noise, rows)
    )  # fmt: skip
    left = (score > np.quantile(score, 1 - share)).astype(int)
    return np.stack([months, spent, calls, age, late], 1).astype("float32"), left


def houses(rows, rng):
    """Gives columns of houses in their units, and prices."""
    area = rng.normal(120, 35, rows).clip(35, 260)
    rooms = (area / 28 + rng.normal(0, 0.7, rows)).round().clip(1)
    built = rng.uniform(1900, 2020, rows)
    way = rng.gamma(2.0, 3.0, rows)
    price = 2300 * area * (1 + 0.3 * np.exp(-way / 4)) + 600 * (built - 1960) + 9000 * rooms
    price *= np.exp(rng.normal(0, 0.04, rows))
    return np.stack([area, rooms, built, way], 1).astype("float32"), price.astype("float32")


def walkers(people, windows, rng, steps=50):
    """Gives windows of the gait of people, whether each is lame, and who it is."""
    who = np.repeat(np.arange(people), windows)
    lame = rng.permutation(np.arange(people) % 2)
    pace, lift, sway = rng.normal(0, 1, (3, people))
    time = np.linspace(0, 4 * np.pi, steps)[None]
    phase = rng.uniform(0, 2 * np.pi, (len(who), 1))
    step = (1 + 0.15 * pace[who, None]) * time + phase
    x = np.stack(
        [
            (1 + 0.3 * lift[who, None]) * np.sin(step) + 0.04 * lame[who, None] * np.sin(step / 2),
            0.5 * sway[who, None] + 0.3 * lift[who, None] * np.cos(2 * step),
        ],
        -1,
    )
    return (x + rng.normal(0, 0.25, x.shape)).astype("float32"), lame[who], who
