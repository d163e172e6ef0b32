"""Readers of training logs, run on the log of the same run; one small file each.

What a tool says is read generously: `means` gives all codes of FAULTS that a rule's own text
names as a cause or a cure. `overfitting` counts as too few rows and as too many weights,
`diverged` as a rate too high, and so on.
"""

from __future__ import annotations

from diagnosis.peers import (
    finetune_doctor,
    gradsnitch,
    losslint,
    runmedic,
    trainproof,
    trainspotter,
)
from diagnosis.peers.peer import Peer

PEERS: tuple[Peer, ...] = (
    losslint.PEER,
    runmedic.PEER,
    trainproof.PEER,
    trainspotter.PEER,
    finetune_doctor.PEER,
    gradsnitch.PEER,
)
