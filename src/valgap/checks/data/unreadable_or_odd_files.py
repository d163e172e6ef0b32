"""DAT310: files that cannot be read, or are unlike the others."""

from __future__ import annotations

from collections.abc import Iterable

from valgap.case import Case
from valgap.checks.example_case import example_case
from valgap.checks.outcome import GOOD, outcome
from valgap.evidence.rows import FilesRecord
from valgap.finding import Expected, Finding, Observed, Scope, Severity, Status
from valgap.registry import check
from valgap.wording import count, percent, plural

# One row in a hundred moves a score by a point, the smallest difference that matters.
FELT = 0.01
_SHOWN = 5


def _broken() -> Case:
    looked_at = FilesRecord(500, unreadable=14, empty=3, examples=("a_017.jpg", "b_202.jpg"))
    return example_case(measured_rows={"files": looked_at})


def _sound() -> Case:
    return example_case(measured_rows={"files": FilesRecord(500)})


@check(
    code="DAT310",
    name="unreadable-or-odd-files",
    family="DAT",
    severity="error",
    needs=("files",),
    fires_on=_broken,
    silent_on=_sound,
)
def unreadable_or_odd_files(case: Case) -> Iterable[Finding]:
    """Files that rows are read from are damaged, empty, or unlike the others.

    What it looks for: files that cannot be decoded or have no byte; and files whose colour
    mode, size or aspect differs from most. Unreadable files are an error where the fit ended
    in one, a warning from 1 % of all files on; so are files of less than a quarter of the usual
    width and height in a fit that does not do well. Other odd files are a note, and so is what
    does no harm to a fit that does well. In an audit, which decodes every pixel, files that
    cannot be read are an error from 1 % on, and pictures of one colour, far darker or far
    smoother than the others are told with the odd ones.

    Why it matters: a damaged file stops the fit, or is left out without a word, so that there
    are fewer rows than files and labels may slip against inputs. A grey or palette picture
    among coloured ones is another picture once it is converted; extreme aspects are squashed.
    A file far smaller than the others, a placeholder or a thumbnail, is blown up to a picture
    that shows nothing and still has a label: the model learns that label by heart, or wrongly.

    What to do: open every file once before training, list those that fail, and fetch or remove
    them together with their labels; convert all to one mode; look at the odd ones.

    References: Pillow documentation, Image.verify and Concepts (modes); Keras documentation,
    image_dataset_from_directory.
    """
    looked_at = case.rows.files if case.rows else None
    if looked_at is None or looked_at.files <= 0:
        return
    broken = looked_at.unreadable + looked_at.empty
    if broken > 0:
        yield _broken_files(case, looked_at, broken)
    elif looked_at.small / looked_at.files >= FELT and _does_badly(case):
        yield _small_files(case, looked_at)
    elif (odd := _odd(looked_at)) > 0:
        yield _odd_files(case, looked_at, odd)


def _odd(looked_at: FilesRecord) -> int:
    shown = looked_at.blank + looked_at.dark + looked_at.blurred
    return looked_at.odd_mode + looked_at.odd_size + shown


def _broken_files(case: Case, looked_at: FilesRecord, broken: int) -> Finding:
    share = min(1.0, broken / looked_at.files)
    status, severity = _verdict(case, share)
    return unreadable_or_odd_files.finding(
        case,
        severity=severity,
        status=status,
        message=f"{count(broken)} of {plural(looked_at.files, 'file')} cannot be read",
        observed=Observed(share, "share of files", n=looked_at.files),
        expected=Expected("==", 0.0, "every file gives its row"),
        size=1.0 if status == "confirmed" else share,
        scope=Scope(rows=broken),
        evidence=(*_lines(looked_at), _last_line(case, status)),
        help="open every file once before training; fetch or remove those that fail",
        remedies=("drop-unreadable-files",),
    )


def _verdict(case: Case, share: float) -> tuple[Status, Severity]:
    if case.fit.status == "raised":
        return "suspected", "error"
    if case.is_audit:
        return "confirmed", "error" if share >= FELT else "warning"
    if outcome(case).is_good or share < FELT:
        return "harmless", "note"
    return "suspected", "warning"


def _does_badly(case: Case) -> bool:
    """Whether the fit is known to lack something that such files could take from it.

    They take it from the cheap references and from training rows too, so that to do no worse
    than those is no sign of health here.
    """
    validation = outcome(case).validation
    return validation is not None and validation.value < GOOD


def _small_files(case: Case, looked_at: FilesRecord) -> Finding:
    share = min(1.0, looked_at.small / looked_at.files)
    return unreadable_or_odd_files.finding(
        case,
        severity="warning",
        status="suspected",
        message=f"{count(looked_at.small)} of {plural(looked_at.files, 'file')} are far smaller "
        f"than the others ({percent(share)})",
        observed=Observed(share, "share of files", n=looked_at.files),
        expected=Expected("<", FELT, "share of files under a quarter of the usual sides"),
        size=share,
        scope=Scope(rows=looked_at.small),
        evidence=(*_lines(looked_at), "what settles it: the same fit without those files"),
        help="look at the smallest files; fetch the pictures themselves, or remove placeholders",
        remedies=("drop-unreadable-files",),
    )


def _odd_files(case: Case, looked_at: FilesRecord, odd: int) -> Finding:
    share = min(1.0, odd / looked_at.files)
    return unreadable_or_odd_files.finding(
        case,
        severity="note",
        status="harmless" if outcome(case).is_good else "suspected",
        message=f"{count(odd)} of {plural(looked_at.files, 'file')} are unlike the others "
        f"({percent(share)})",
        observed=Observed(share, "share of files", n=looked_at.files),
        expected=Expected("==", 0.0, "files of one mode and of like size and aspect"),
        scope=Scope(rows=odd),
        evidence=(*_lines(looked_at), "what settles it: the same fit without those files"),
        help="convert all files to one mode, and look at those of odd size",
        remedies=("convert-files",),
    )


def _lines(looked_at: FilesRecord) -> list[str]:
    kinds = {
        "cannot be decoded": looked_at.unreadable,
        "are empty": looked_at.empty,
        "have another colour mode than most": looked_at.odd_mode,
        "have an odd size or aspect": looked_at.odd_size,
        "have less than a quarter of the usual width and height": looked_at.small,
        "are of one colour": looked_at.blank,
        "are far darker than the others": looked_at.dark,
        "are far less sharp than the others": looked_at.blurred,
    }
    lines = [f"{count(n)} of {count(looked_at.files)} {kind}" for kind, n in kinds.items() if n]
    named = ", ".join(looked_at.examples[:_SHOWN])
    return [*lines, f"such as {named}"] if named else lines


def _last_line(case: Case, status: Status) -> str:
    if case.fit.status == "raised":
        return f"the fit ended in an error: {case.fit.error or 'of unknown kind'}"
    if case.is_audit:
        return "each such file is a row less than there are labels, or ends the fit"
    if status == "harmless":
        return "too few to be felt, or the fit does well all the same"
    return "what settles it: the same fit with those files repaired"
