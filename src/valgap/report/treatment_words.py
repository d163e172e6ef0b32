"""What a study found, in words that terminal and page share."""

from __future__ import annotations

from collections.abc import Iterator

from valgap.treatment.record import (
    CalibrationRecord,
    EnsembleRecord,
    LookRecord,
    SideRecord,
    Treatment,
)
from valgap.wording import count, figure, plural, signed


def judging_rows(found: Treatment) -> str:
    """Gives back what the rows of the last look are called."""
    return "locked rows" if found.plan.kind == "locked" else "rows outside of each selection"


def unit(found: Treatment) -> str:
    """Gives back what the figures of the last look are counted in."""
    if found.plan.kind == "nested":
        return "outer fold"
    return "row" if found.plan.groups is None else "group"


def sides(found: Treatment) -> Iterator[tuple[str, SideRecord]]:
    """Yields what the last look was at; where nothing is treated with, the patient alone."""
    look = found.look
    if look is not None and look.patient is not None:
        yield "patient", look.patient
    if look is not None and look.treated is not None and has_two(found):
        yield treated_name(found), look.treated


def treated_name(found: Treatment) -> str:
    """Gives back what the side with remedies is called: one that is not proven is a candidate."""
    return "treated" if found.is_proven else "candidate"


def has_two(found: Treatment) -> bool:
    """Tells whether there is a treated beside the patient; each outer fold may have its own."""
    return bool(found.treated) or found.plan.kind == "nested"


def interval(low: float | None, high: float | None, decimals: int | None = 3) -> str:
    """Gives back an interval of a score, or nothing."""
    if low is None or high is None:
        return ""
    return f"{figure(low, decimals)} to {figure(high, decimals)}"


def gained(low: float | None, high: float | None, decimals: int | None = 3) -> str:
    """Gives back an interval of a difference, or nothing."""
    if low is None or high is None:
        return ""
    return f"{signed(low, decimals)} to {signed(high, decimals)}"


def scored(side: SideRecord | EnsembleRecord) -> str:
    """Gives back a score with its interval."""
    between = interval(side.low, side.high)
    return f"{figure(side.score, 3)} ({between})" if between else figure(side.score, 3)


def difference(look: LookRecord) -> str:
    """Gives back treated - patient where that is known, with interval and McNemar's test."""
    if look.difference is None:
        return ""
    between = gained(look.low, look.high)
    told = signed(look.difference, 3) + (f" ({between})" if between else "")
    tested = mcnemar(look)
    return f"{told}; {tested}" if tested else told


def ensemble(made: EnsembleRecord) -> str:
    """Gives back what all seeds together come to: told beside, whatever it is."""
    told = f"{scored(made)}  the mean of {plural(made.seeds, 'seed')}"
    if made.difference is None:
        return told
    between = gained(made.difference_low, made.difference_high)
    apart = signed(made.difference, 3) + (f" ({between})" if between else "")
    return f"{told}; to the patient {apart}"


def given_back(found: Treatment) -> Iterator[str]:
    """Yields which rows trained what is given back."""
    if found.model_rows is not None:
        yield f"model.keras: {_trained_by(found, found.model_rows)}"
    if found.ensemble_rows is not None:
        of, n = "such models" if found.treated else "fits of the model as it is", members(found)
        yield (
            f"ensemble.keras: the mean of {n} {of}, which takes {n} times as long to predict; "
            f"{_judged_as(found)}{_trained_by(found, found.ensemble_rows)}"
        )


def members(found: Treatment) -> int:
    """Gives back how many fits the ensemble is the mean of; earlier records tell of the judged."""
    judged = found.look.ensemble if found.look else None
    return found.ensemble_members or (judged.seeds if judged else 0)


def _judged_as(found: Treatment) -> str:
    """What was judged, where that is not the mean of just as many fits."""
    judged = found.look.ensemble if found.look else None
    if judged is None:
        return "no mean was judged, single fits were; "
    return "" if judged.seeds == members(found) else f"judged as a mean of {judged.seeds}; "


def _trained_by(found: Treatment, rows: int) -> str:
    if rows < found.plan.rows:
        return f"as judged, trained by {plural(rows, 'row')}, not by the locked ones"
    left = "the locked rows" if found.plan.kind == "locked" else "the outer fold"
    return f"trained by all {plural(rows, 'row')}; the figures are of the same without {left}"


def mcnemar(look: LookRecord) -> str:
    """Gives back which rows one of both alone got right, and the test of it; or nothing."""
    if look.p is None:
        return ""
    return (
        f"right by the treated alone {look.only_treated}, by the patient alone "
        f"{look.only_patient}, McNemar p {look.p:.2g}"
    )


def calibrated(made: CalibrationRecord) -> str:
    """Gives back what a temperature changes."""
    return (
        f"temperature {figure(made.temperature)}: log loss {figure(made.log_loss_before)} to "
        f"{figure(made.log_loss_after)}, error {figure(made.error_before)} to "
        f"{figure(made.error_after)}"
    )


def to_calibrate(made: CalibrationRecord) -> str:
    """Gives back how the temperature is used, or that it is better left alone."""
    if made.log_loss_after >= made.log_loss_before:
        return "leave the probabilities as they are: the temperature took nothing off the log loss"
    told = figure(made.temperature)
    return (
        f"to use it, divide logits by {told}, or probabilities p: softmax(log(p) / {told}); "
        "model.keras is without it, and no decision changes"
    )


def next_steps(found: Treatment) -> Iterator[str]:
    """Yields what can be done next, the first thing first."""
    if found.treated:
        yield from _with_treated(found)
    if found.answer == "undecided":
        yield f"settle it: {found.reason}"
    untried = sum(r.stage == "not tried" for r in found.remedies)
    if untried:
        more = plural(untried, "remedy").replace("remedys", "remedies")
        yield (
            f"give it more time: {more} found no room in this budget; `valgap treat --resume` "
            "with a larger one goes on with the trials that there are"
        )
    if found.answer == "nothing helped":
        yield from _of_nothing(found)


def candidate(found: Treatment) -> str:
    """Gives back what is to be known of remedies that came out best and are not proven."""
    return (
        f"{' + '.join(found.treated)} came out best and is not proven: what is given back is "
        f"made with it, and {judging_rows(found)}, which chose nothing, say what it is worth"
    )


def _with_treated(found: Treatment) -> Iterator[str]:
    if not found.is_proven:
        yield candidate(found)
    if found.script == "patched":
        yield "treated.py is the script with the change in it: put it beside the script and run it"
    elif found.script == "complete":
        yield (
            "treated.py trains the treated model on the rows of the script and saves it: start it "
            "with `python` in the folder that the script is started in"
        )


def _of_nothing(found: Treatment) -> Iterator[str]:
    tried = [r for r in found.remedies if r.stage in ("race", "confirmed") and not r.is_placebo]
    highs = [r.high for r in tried if r.high is not None]
    if highs:
        most = max((r for r in tried if r.high is not None), key=lambda r: r.high or 0.0)
        yield (
            f"of {count(len(tried))} that were tried the most that one may yet give is "
            f"{signed(max(highs), 3)} ({most.name}); what matters begins at "
            f"{signed(found.noise.delta, 3)}"
        )
    yield (
        "look for the cause in data, labels and validation: `valgap report` tells what was found, "
        "`valgap confirm` tests it; more rows help where no change of the fit does"
    )
