"""Faulty programs of Stack Overflow, by post, restated from facts in our own code.

The facts (layers, compile, shape of the data, fault) are those of the deepmufl benchmark
(Ghanbari, Thomas, Arshad and Rajan, ASE 2023; Apache-2.0). Data is made by code or comes with
scikit-learn where the posts had files or large sets; pictures are smaller, and long fits are cut
to a length at which the trouble is there.
"""

from __future__ import annotations

from diagnosis.published import pictures, regressions, sequences, tables

SCRIPTS = {
    f"so_{post}": script
    for part in (tables, regressions, pictures, sequences)
    for post, script in part.SCRIPTS.items()
}
