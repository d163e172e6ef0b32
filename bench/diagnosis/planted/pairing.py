"""DAT207 to DAT209 and DAT312: labels that are not those of their rows."""

from __future__ import annotations

from dataclasses import replace

from diagnosis import bases
from diagnosis.bases import fit
from diagnosis.planted.splits import BY_HEART, TWO_CLOUDS

NOISE = """
wrong = rng.random(len(y_train)) < 0.4
y_train = np.where(wrong, rng.integers(0, y_train.max() + 1, len(y_train)), y_train)
"""
SHUFFLE = """
y_train = rng.permutation(y_train)
"""
SHUFFLE_VALIDATION = """
y_val = rng.permutation(y_val)
"""

SCRIPTS = {
    "flipped_labels_images": replace(BY_HEART, data=bases.IMAGES.data + NOISE, fit=fit(20)),
    "flipped_labels_series": replace(
        bases.SERIES, data=bases.SERIES.data + NOISE + NOISE.replace("train", "val"), fit=fit(15)
    ),
    "shuffled_labels_images": replace(BY_HEART, data=bases.IMAGES.data + SHUFFLE, fit=fit(15)),
    "shuffled_labels_frames": replace(
        bases.FRAMES, data=bases.FRAMES.data + SHUFFLE + SHUFFLE_VALIDATION, fit=fit(15)
    ),
    "shuffled_targets_regression": replace(
        bases.REGRESSION, data=bases.REGRESSION.data + "\ny_train = np.sort(y_train)\n"
    ),
    "validation_labels_shuffled_images": replace(
        bases.IMAGES, data=bases.IMAGES.data + SHUFFLE_VALIDATION
    ),
    "validation_labels_shuffled_tags": replace(
        bases.TAGS, data=bases.TAGS.data + "\nx_val, y_val = x_val[:-1], y_val[1:]\n"
    ),
    "one_target_for_all": replace(
        bases.CLOUDS,
        data="""
x_train, kind = makers.clouds(1200, rng, classes=2)
kind = np.array(["no", "yes"])[kind]
y_train = np.array([int(each == 1) for each in kind])
x_val, y_val = makers.clouds(500, rng, classes=2)
""",
        model=TWO_CLOUDS,
        compile=bases.BINARY,
    ),
    "validation_labels_from_one": replace(
        bases.IMAGES, data=bases.IMAGES.data + "\ny_val = (y_val + 1) % 4\n"
    ),
    "labels_minus_one_and_one": replace(
        bases.TABLE, data=bases.TABLE.data + "\ny_train, y_val = 2 * y_train - 1, 2 * y_val - 1\n"
    ),
    "validation_targets_in_other_unit": replace(
        bases.REGRESSION,
        data=bases.REGRESSION.data + "\ny_train, y_val = y_train + 3, 1000 * (y_val + 3)\n",
    ),
}
