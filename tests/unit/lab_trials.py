"""Trials for the tests of the lab, made in worker processes without Keras."""

import os
import signal
import time

from valgap.evidence.trials import TrialRecord


def make_trial(path, arm, seed, epochs):
    """Scores as the arm's name says; some take their process along."""
    if arm == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if arm == "killed-at-2" and seed == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    if arm == "slow":
        time.sleep(30)
    if arm == "nan":
        return TrialRecord(arm, seed, epochs, epochs, score=0.0, loss=None)
    score = {"patient": 0.5, "better": 0.9}.get(arm, 0.5) + 0.001 * seed
    return TrialRecord(arm, seed, epochs, epochs, score=score, loss=1 - score, seconds=0.01)
