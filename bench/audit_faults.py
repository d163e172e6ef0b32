"""Faults that are no near duplicates: are they found, and how well are wrong labels ranked?

    python bench/audit_faults.py --out bench/results/audit

In labelled real sets: 30 groups across the split, 20 damaged files, a class that stands last. A
fault is found where its code is told; codes that the same set without it is not told are counted as
beside the point (the clean set is class folders, split at random). Of labels, 5 % are flipped;
average precision of the ranking stands beside that of cleanlab on the pixels, by five folds. Both
rank by self-confidence: what is compared is whose probabilities, a logistic regression's as in its
tutorials, trees', or the mean of three kinds of model that knows which rows are copies. Seconds of
ours are without the audit before. Results that are there are not made again.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from auditing.faults import PLANTERS, Labelled, flipped
from rich.console import Console
from rich.table import Table
from treating.sets import SETS, MissingError

NAMES = ("digits", "handwritten", "fashion", "cells", "stamps")
MOST, FOLDS = 3000, 5
RANKED = ("valgap", "valgap, pixels", "cleanlab, logistic", "cleanlab, trees")


def main() -> None:
    """Makes what is not there yet, and prints both tables over what is."""
    options = parse()
    options.out.mkdir(parents=True, exist_ok=True)
    found = {}
    for name in options.set or NAMES:
        path = options.out / f"faults-{name}-{options.seed}.json"
        if not path.exists():
            try:
                path.write_text(json.dumps(of_set(name, options.seed), indent=1) + "\n")
            except MissingError as error:
                print(f"{name}: left out: {error}")
                continue
        found[name] = json.loads(path.read_text())
    console = Console(width=None if sys.stdout.isatty() else 150)
    console.print(faults_table(found))
    console.print(labels_table(found))


def of_set(name: str, seed: int) -> dict[str, Any]:
    """Gives what is told of each fault in one set, and how its labels are ranked."""
    data = labelled(name, seed)
    told: dict[str, Any] = {"rows": len(data.y), "seed": seed}
    with tempfile.TemporaryDirectory() as folder:
        for fault in PLANTERS:
            told[fault] = of_fault(fault, data, Path(folder) / fault.replace(" ", "-"), seed)
        told["labels"] = of_labels(data, Path(folder), seed)
    return told


def labelled(name: str, seed: int) -> Labelled:
    """Gives at most 3,000 pictures of a set, drawn at random."""
    loaded = SETS[name].load()
    rows = np.sort(np.random.default_rng(seed).permutation(len(loaded.y))[:MOST])
    pictures = np.clip(255 * loaded.x[rows], 0, 255).astype(np.uint8)
    return Labelled(pictures[..., 0] if pictures.shape[-1] == 1 else pictures, loaded.y[rows])


def of_fault(fault: str, data: Labelled, folder: Path, seed: int) -> dict[str, Any]:
    """Audits a set with one fault."""
    import valgap

    asked = PLANTERS[fault](data, folder, np.random.default_rng(seed))
    began = time.perf_counter()
    audit = valgap.audit(asked.data, root=folder.with_suffix(".kept"), **asked.options)
    found = audit.diagnosis.findings
    told = next((f for f in found if f.code == asked.expected), None)
    return {
        "expected": asked.expected,
        "told": told and f"{told.status}: {told.message}",
        "codes": sorted({f.code for f in found if f.status != "harmless"}),
        "seconds": time.perf_counter() - began,
    }


def of_labels(data: Labelled, folder: Path, seed: int) -> dict[str, Any]:
    """Ranks labels of which 5 % are flipped."""
    from sklearn.metrics import average_precision_score

    import valgap

    y, wrong = flipped(data.y, np.random.default_rng(seed))
    pixels = data.pictures.reshape(len(y), -1).astype(np.float64)
    audit = valgap.audit(data.pictures, y, root=folder / "kept")
    made: dict[str, Any] = {}
    for name, rank in (
        ("valgap", lambda: _by_row(audit.doubtful_labels(), len(y))),
        ("valgap, pixels", lambda: _by_row(audit.doubtful_labels(pixels), len(y))),
        ("cleanlab, logistic", lambda: cleanlab(_logistic(), pixels, y)),
        ("cleanlab, trees", lambda: cleanlab(_trees(), pixels, y)),
    ):
        began = time.perf_counter()
        confidence = rank()
        ap = float(average_precision_score(wrong, -confidence))
        made[name] = {"average_precision": ap, "seconds": time.perf_counter() - began}
    return made


def _by_row(found: Any, rows: int) -> np.ndarray:
    confidence = np.ones(rows)  # rows that are not judged come last
    confidence[[one.row for one in found]] = [one.confidence for one in found]
    return confidence


def _logistic() -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=400))


def _trees() -> Any:
    from sklearn.ensemble import ExtraTreesClassifier

    return ExtraTreesClassifier(random_state=0)


def cleanlab(model: Any, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Gives the self-confidence of each label by cleanlab and a model, as its tutorials have it."""
    from cleanlab.rank import get_label_quality_scores
    from sklearn.model_selection import cross_val_predict

    given = cross_val_predict(model, x, y, cv=FOLDS, method="predict_proba")
    return np.asarray(get_label_quality_scores(y, given))


def faults_table(found: dict[str, dict[str, Any]]) -> Table:
    """Draws one row a set: what was told of each fault, and beside it."""
    table = Table(title="faults planted: found? and codes that the clean set is not told")
    for head in ("set", "rows", *PLANTERS):
        table.add_column(head)
    for name, told in found.items():
        table.add_row(name, str(told["rows"]), *(cell(told, fault) for fault in PLANTERS))
    return table


def cell(told: dict[str, Any], fault: str) -> str:
    """Says what came of one fault."""
    one = told[fault]
    if not one["expected"]:
        return ", ".join(one["codes"]) or "silent"
    beside = sorted(set(one["codes"]) - set(told["clean"]["codes"]) - {one["expected"]})
    also = f"; also {', '.join(beside)}" if beside else ""
    of_itself = " (the clean set too)" if one["expected"] in told["clean"]["codes"] else ""
    return f"{one['told'] or 'MISSED'}{of_itself}{also}"


def labels_table(found: dict[str, dict[str, Any]]) -> Table:
    """Draws one row a set: average precision and seconds of each ranking."""
    table = Table(title="5 % of labels flipped: average precision (seconds)")
    for head in ("set", *RANKED):
        table.add_column(head)
    for name, told in found.items():
        made = (told["labels"][tool] for tool in RANKED)
        cells = (f"{one['average_precision']:.3f} ({one['seconds']:.1f})" for one in made)
        table.add_row(name, *cells)
    return table


def parse() -> argparse.Namespace:
    """Gives the options."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--set", action="append", choices=NAMES, help="may be repeated [all]")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, default=Path("bench-results/audit"))
    return parser.parse_args()


if __name__ == "__main__":
    main()
