"""Small data sets on disk, and audits of them that take no longer than they must."""

from pathlib import Path

import numpy as np
from PIL import Image

import valgap


def picture(rng, base: int = 0, side: int = 24, noise: float = 25):
    """A smooth picture, brighter at the left for base 0 and at the top for base 1."""
    ramp = np.linspace(60, 200, side)
    plain = np.tile(ramp, (side, 1)) if base == 0 else np.tile(ramp[:, None], (1, side))
    coarse = rng.normal(0, noise, (6, 6))
    return np.clip(plain + np.kron(coarse, np.ones((side // 6, side // 6))), 0, 255).astype("uint8")


def write_picture(path: Path, pixels) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path


def class_folders(folder: Path, rows=30, parts=("train", "validation"), noise=25) -> Path:
    """Two classes, `rows` pictures each in training and a third of it in the other parts."""
    rng = np.random.default_rng(0)
    for part in parts:
        for base, name in enumerate(("cat", "dog")):
            for i in range(rows if part in ("train", "") else rows // 3):
                write_picture(
                    folder / part / name / f"{part}{i:03d}.png", picture(rng, base, noise=noise)
                )
    return folder


def table(rows: int = 120, seed: int = 0):
    """Inputs of twelve features, and labels that the first two tell."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 12))
    return x, (x[:, 0] + x[:, 1] + rng.normal(0, 0.5, rows) > 0).astype(int)


def audited(tmp_path: Path, *args, **options):
    """An audit kept below a temporary folder; without time but for what reading takes."""
    return valgap.audit(*args, **{"root": tmp_path / "kept", "seconds": 0.0} | options)


def codes(audit) -> set[str]:
    return {finding.code for finding in audit.diagnosis.findings}


def finding(audit, code: str):
    return next(f for f in audit.diagnosis.findings if f.code == code)
