"""What is true of one case of the bench."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Set = Literal["planted", "healthy", "odd", "published", "fresh"]


@dataclass(frozen=True, slots=True)
class Truth:
    """The truth about a case, written before any check was tuned on it.

    `true` holds the codes that name the cause; several where several patches are right.
    `beside` holds codes of true consequences and of facts that are there too: they may stand
    beside the cause, and first of all they are not the cause. States (CUR) and the references
    of EVL109 may always stand beside it. `source` is a Stack Overflow post.
    """

    name: str
    set: Set
    kind: str
    why: str
    true: frozenset[str] = frozenset()
    beside: frozenset[str] = frozenset()
    source: int | None = None
    held_out: bool = False


def codes(text: str) -> frozenset[str]:
    """Gives the codes of a text, split at blanks."""
    return frozenset(text.split())


def by_name(truths: Iterable[Truth]) -> dict[str, Truth]:
    """Gives the truths by name; a name stands once."""
    found: dict[str, Truth] = {}
    for truth in truths:
        if truth.name in found:
            raise ValueError(f"two cases are named {truth.name!r}")
        found[truth.name] = truth
    return found
