"""What makes two pictures differ, in one word, from how one was laid over the other."""

from __future__ import annotations

import numpy as np

from valgap.auditing.twins.arrays import Floats, Ints
from valgap.auditing.twins.comparison import Values
from valgap.auditing.twins.record import Kind
from valgap.auditing.twins.views import turned

# Beyond what registration leaves of an unchanged picture.
TURNED, CUT, SHIFTED = 1.5, 0.035, 0.02
SHEAR, SCALE = 0.1, 1.4  # a tenth off each side leaves 1.25
GAIN, LEVELS, NOISE = 0.07, 4.0, 1.5


def is_looked_for(maps: Floats, wide_x: Floats, wide_y: Floats) -> Ints:
    """True for maps `(p, 2, 3)` that are near a flip or turn: no shear, and no other scale.

    An oblique letter is no copy of an upright one, though registration lays one on the other.
    `wide_x` and `wide_y` `(p,)` are width by height of both pictures: in the square that maps are
    of, a small rotation of a wide picture looks like shear.
    """
    linear = maps[:, :, :2]
    scales = np.sqrt(np.maximum((linear * linear).sum(axis=1), 1e-9))
    in_scale = (np.abs(np.log(scales)) <= np.log(SCALE)).all(axis=1)
    real = in_pixels(linear, wide_x, wide_y)
    square = np.einsum("pij,pik->pjk", real, real)
    size = np.sqrt(np.maximum(square[:, 0, 0] * square[:, 1, 1], 1e-9))
    return np.asarray((np.abs(square[:, 0, 1]) / size <= SHEAR) & in_scale)


def in_pixels(linear: Floats, wide_x: Floats, wide_y: Floats) -> Floats:
    """Returns linear maps `(p, 2, 2)` of the square as maps of pictures of unit height."""
    real = linear.copy()
    real[:, 0] *= wide_y[:, None]
    real[:, :, 0] /= wide_x[:, None]
    return real


def kind_of(found: Floats, values: Values, is_resized: bool) -> Kind:
    """Returns the kind of a pair from its map `(2, 3)` and how values differ."""
    upright = turned()
    nearest = int(np.argmin([np.abs(found[:, :2] - t[:, :2]).sum() for t in upright]))
    if nearest:
        is_turned = np.linalg.det(upright[nearest][:, :2]) > 0 or nearest >= 4
        return "quarter turn" if is_turned else "flip"
    return _of_place(found) or _of_values(values, is_resized)


def _of_place(found: Floats) -> Kind | None:
    angle = np.degrees(np.arctan2(found[1, 0] - found[0, 1], found[0, 0] + found[1, 1]))
    if abs(angle) > TURNED:
        return "rotation"
    if np.abs(np.log(np.abs(np.diag(found)) + 1e-6)).max() > CUT:
        return "crop"
    return "shift" if np.abs(found[:, 2]).max() / 2 > SHIFTED else None


def _of_values(values: Values, is_resized: bool) -> Kind:
    is_scaled, is_moved = abs(values.gain - 1) > GAIN, abs(values.offset) > LEVELS
    if is_resized:
        return "resize"
    if values.blur:
        return "blur"
    if is_scaled or is_moved:
        return "contrast" if is_scaled and is_moved else "brightness"
    return "noise" if values.rest > NOISE else "JPEG"
