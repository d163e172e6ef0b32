"""Data made by code for the scripts of the bench; copied beside each script.

A maker takes a number of rows and a NumPy generator, and gives arrays. Labels are integers,
pictures lie in 0 to 1, table columns have mean 0 and spread 1.
"""

import numpy as np


def shapes(rows, rng, size=16, noise=0.1, classes=4):
    """Gives pictures of a flat bar, an upright bar, a disc or a square ring, anywhere."""
    y = rng.integers(0, classes, rows)
    return draw(y, rng, size, noise), y


def draw(y, rng, size=16, noise=0.1):
    """Gives a picture for each class number."""
    x = np.zeros((len(y), size, size), "float32")
    down, across = np.mgrid[:size, :size]
    for row, kind in enumerate(y):
        top, left = rng.uniform(4, size - 5, 2)
        a, b = np.abs(down - top), np.abs(across - left)
        far = np.maximum(a, b)
        drawn = ((a < 1) & (b < 4), (b < 1) & (a < 4), a**2 + b**2 < 7, (far > 2) & (far < 3.5))
        x[row] = drawn[kind] * rng.uniform(0.6, 1.0)
    x += rng.normal(0, noise, x.shape)
    return np.clip(x, 0, 1).astype("float32")[..., None]


def lines(rows, rng, size=16, noise=0.1):
    """Gives pictures of a line near the middle and which of four angles it has."""
    y = rng.integers(0, 4, rows)
    down, across = np.mgrid[:size, :size] - (size - 1) / 2
    angle, aside, thick, bright = rng.normal((0, 0, 1.2, 0.8), (0.1, 1.5, 0.2, 0.1), (rows, 4)).T[
        ..., None, None
    ]
    angle = angle + y[:, None, None] * np.pi / 4
    distance = np.abs(down * np.cos(angle) - across * np.sin(angle) + aside)
    x = bright * (distance < thick) + ground(rows, rng, size)
    return np.clip(x + rng.normal(0, noise, x.shape), 0, 1).astype("float32")[..., None], y


def ground(rows, rng, size):
    """Gives a smooth uneven ground for each picture, so that no two pictures are alike."""
    down, across = np.mgrid[:size, :size] * 2 * np.pi / size
    turns = rng.uniform(-2, 2, (rows, 3, 2))[..., None, None]
    shift = rng.uniform(0, 2 * np.pi, (rows, 3, 1, 1))
    return 0.07 * (1 + np.sin(turns[:, :, 0] * down + turns[:, :, 1] * across + shift)).sum(1)


def textures(rows, rng, size=24):
    """Gives pictures of a texture two pixels wide: columns, rows, checks or diagonals."""
    y = rng.integers(0, 4, rows)
    down, across = np.mgrid[:size, :size][:, None] + rng.integers(0, 4, (2, rows, 1, 1))
    columns, lines = across % 4 < 2, down % 4 < 2
    checks, diagonals = columns != lines, (across + down) % 4 < 2
    x = np.stack([columns, lines, checks, diagonals])[y, np.arange(rows)]
    x = 0.2 + rng.uniform(0.25, 0.5, (rows, 1, 1)) * x + ground(rows, rng, size)
    return np.clip(x + rng.normal(0, 0.1, x.shape), 0, 1).astype("float32")[..., None], y


def light(rows, rng, size=12, noise=0.05):
    """Gives clips of a drifting light with four strengths, in one of four orders.

    Every clip has the same strengths, so a frame alone, or the mean, tells nothing.
    """
    y = rng.integers(0, 4, rows)
    strength = np.array([0.25, 0.45, 0.65, 0.85])
    orders = np.array([(0, 1, 2, 3), (3, 2, 1, 0), (0, 2, 1, 3), (3, 1, 2, 0)])
    at = rng.uniform(3, size - 4, (rows, 1, 2)) + rng.normal(0, 0.4, (rows, 4, 2)).cumsum(1)
    off = (np.arange(size) - at[..., None]) / rng.uniform(1.0, 1.6, (rows, 1, 1, 1))
    down, across = np.exp(-(off**2)).transpose(2, 0, 1, 3)
    x = down[..., None] * across[:, :, None] * strength[orders[y]][..., None, None]
    x = x + ground(rows, rng, size)[:, None] / 2 + rng.normal(0, noise, x.shape)
    return np.clip(x, 0, 1).astype("float32")[..., None], y


def waves(rows, rng, steps=40, channels=3, noise=0.4):
    """Gives series of a slow, a middling or a fast wave of any phase, in noise."""
    y = rng.integers(0, 3, rows)
    turns = np.array([1.5, 3.0, 5.0])[y][:, None, None]
    phase = rng.uniform(0, 2 * np.pi, (rows, 1, channels))
    time = np.linspace(0, 1, steps)[None, :, None]
    x = np.sin(2 * np.pi * turns * time + phase) + rng.normal(0, noise, (rows, steps, channels))
    return x.astype("float32"), y


def pulse(rows, rng, steps=40, channels=4):
    """Gives series in which one loud step anywhere tells one of three classes."""
    y = rng.integers(0, 3, rows)
    x = rng.normal(0, 1, (rows, steps, channels))
    at = rng.integers(0, steps, rows)
    x[np.arange(rows), at, 0] = 6
    x[np.arange(rows), at, 1:] = 2.0 * np.eye(3)[y] + rng.normal(0, 0.3, (rows, channels - 1))
    return x.astype("float32"), y


def rings(rows, rng, features=6, classes=2, noise=0.1):
    """Gives tables whose first two columns hold one ring for each class, around each other."""
    y = rng.integers(0, classes, rows)
    radius = 1 + 1.2 * y + rng.normal(0, noise, rows)
    angle = rng.uniform(0, 2 * np.pi, rows)
    x = rng.normal(size=(rows, features))
    x[:, :2] = (radius * (np.cos(angle), np.sin(angle))).T
    x[:, :2] *= 1 / (0.7 * (0.6 * classes + 0.4))
    return x.astype("float32"), y


def clouds(rows, rng, *, features=10, classes=3, apart=3.0, shares=None):  # noqa: PLR0913
    """Gives tables of one normal cloud for each class; `apart` is the distance of centres."""
    y = rng.choice(classes, rows, p=shares)
    places = np.random.default_rng(7).normal(size=(classes, features))
    places -= places.mean(0)
    places *= apart / np.linalg.norm(places[0] - places[-1])
    return (places[y] + rng.normal(size=(rows, features))).astype("float32"), y


def curve(rows, rng, features=5, noise=0.1):
    """Gives tables and a smooth target of mean 0 and spread about 1."""
    x = rng.normal(size=(rows, features)).astype("float32")
    y = np.sin(1.5 * x[:, 0]) + 0.6 * x[:, 1] * x[:, 2] + 0.5 * x[:, 3]
    return x, (y + rng.normal(0, noise, rows)).astype("float32")


def tags(rows, rng, features=10, labels=5):
    """Gives tables and five labels of 0 or 1 a row, about two of them 1."""
    x = rng.normal(size=(rows, features)).astype("float32")
    turn = np.random.default_rng(3).normal(size=(features, labels))
    turn /= np.linalg.norm(turn, axis=0)
    return x, ((x @ turn + 0.15 * rng.normal(size=(rows, labels))) > 0.25).astype("float32")


def sentences(rows, rng, length=24, words=120, longest=None):
    """Gives sentences as word numbers, 0 behind the end; a minority of words tells the class.

    Words 1 to 20 speak for class 0, 21 to 40 for class 1, the others for neither.
    """
    y = rng.integers(0, 2, rows)
    ends = rng.integers(6, (longest or length) + 1, rows)
    x = rng.integers(41, words, (rows, length))
    telling = rng.random((rows, length)) < 0.35
    right = rng.random((rows, length)) < 0.85
    side = np.where(right, y[:, None], 1 - y[:, None])
    x = np.where(telling, 1 + 20 * side + rng.integers(0, 20, x.shape), x)
    x[np.arange(length)[None] >= ends[:, None]] = 0
    return x.astype("int32"), y


def picture_and_table(rows, rng):
    """Gives pictures, tables and labels; the class needs the shape and a sign in the table."""
    pictures, shape = shapes(rows, rng, classes=3)
    table = rng.normal(size=(rows, 4)).astype("float32")
    table[:, 0] += np.where(table[:, 0] > 0, 0.4, -0.4)
    return pictures, table, np.where(table[:, 0] > 0, shape, (shape + 1) % 3)


def shape_and_place(rows, rng, size=16):
    """Gives pictures, the class of the shape, and how far right it stands, from -1 to 1."""
    x, y = shapes(rows, rng, size)
    weight = np.clip(x[..., 0] - 0.35, 0, 1).sum(1)
    place = (weight * np.arange(size)).sum(1) / (weight.sum(1) + 1e-6)
    return x, y, (place / (size - 1) * 2 - 1).astype("float32")


def signatures(subjects, windows, rng, steps=40, channels=3):
    """Gives series by subject: a signature of each subject in noise, labels drawn by subject."""
    who = np.repeat(np.arange(subjects), windows)
    label = rng.permutation(np.arange(subjects) % 2)
    bases = rng.normal(0, 0.8, (subjects, 1, channels)) + 0.7 * np.sin(
        rng.uniform(3, 9, (subjects, 1, channels)) * np.linspace(0, 3, steps)[None, :, None]
    )
    x = bases[who] + rng.normal(0, 0.5, (len(who), steps, channels))
    return x.astype("float32"), label[who], who


def one_hot(y, classes):
    """Gives one column a class."""
    return np.eye(classes, dtype="float32")[y]
