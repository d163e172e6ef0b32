"""Runs on disk for the tests of `valgap view`, as a fit leaves them."""

from valgap.evidence.records import (
    DataRecord,
    EnvironmentRecord,
    EpochRecord,
    FitRecord,
    ModelRecord,
    TargetRecord,
)
from valgap.evidence.store import RunWriter
from valgap.evidence.writer import write_json

LOSSES = ((0.9, 1.0), (0.6, 0.7), (0.4, 0.8))


def kept(root, name, script="train.py", losses=LOSSES, *, status="finished", asked="3", args=()):
    """A run of that id with one fit: pairs of loss and val_loss, an epoch each."""
    made = RunWriter.create(root, TargetRecord(script, args), EnvironmentRecord("3.11", "any", 1))
    path = root / "runs" / name
    made.path.rename(path)
    writer = RunWriter(path, made.record)
    day = f"{name[:4]}-{name[4:6]}-{name[6:8]}T{name[9:11]}:{name[11:13]}:00+00:00"
    record = {"id": name, "created": day, "status": status, "schema": 1}
    environment = {"python": "3.11", "platform": "any", "cpus": 1}
    target = {"script": script, "args": list(args)}
    write_json(path / "run.json", {**record, "environment": environment, "target": target})
    train, held_out = (DataRecord(s, "arrays", rows=8) for s in ("train", "validation"))
    model, ending = ModelRecord("m", "Model", 1), {"running": "running"}.get(status, "finished")
    writer.write_fit(
        FitRecord(0, None, None, model, train, held_out, {"epochs": asked}, status=ending)
    )
    for epoch, (loss, val_loss) in enumerate(losses):
        writer.append_epoch(0, EpochRecord(epoch, {"loss": loss, "val_loss": val_loss}, 0.1))
    return path
