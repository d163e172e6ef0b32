"""What is answered to an address: the list of runs, two of them, or the report of one."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import unquote

from valgap.cli.serving.shelf import NoSuchRunError, Shelf
from valgap.errors import UsageError
from valgap.report.html.page import render
from valgap.report.html.runs.beside import Side
from valgap.report.html.runs.order import Order
from valgap.report.html.runs.pages import beside_page, list_page, message_page

Query = Mapping[str, Sequence[str]]
# A report is drawn anew, which takes a second of a processor that is busy with the fit.
REPORT_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Answer:
    """A page with its status; `headers` are further ones."""

    page: str
    status: HTTPStatus = HTTPStatus.OK
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Answers:
    """Makes the pages, one at a time: drawing changes settings of the whole process."""

    shelf: Shelf
    _one_draws: threading.Lock = field(default_factory=threading.Lock)

    def to(self, path: str, query: Query) -> Answer:
        """Gives back what belongs to an address. No part of it becomes a path of a file."""
        try:
            with self._one_draws:
                return self._page(path, query)
        except NoSuchRunError as error:
            return refused(HTTPStatus.NOT_FOUND, f"there is no run {error}")
        except UsageError as error:
            return refused(HTTPStatus.CONFLICT, str(error))

    def _page(self, path: str, query: Query) -> Answer:
        if path == "/":
            order = Order.asked(_one(query, "sort"), _one(query, "order"))
            is_live = _one(query, "live") != "off"
            return Answer(list_page(self.shelf.lines(), order, is_live=is_live))
        if path == "/beside":
            return self._beside(query.get("run", ()))
        if path.startswith("/run/"):
            return self._report(unquote(path.removeprefix("/run/")))
        return refused(HTTPStatus.NOT_FOUND, "there is no such page")

    def _beside(self, names: Sequence[str]) -> Answer:
        if len(names) != 2:
            told = f"tick two runs to see them side by side: {len(names)} were ticked"
            return refused(HTTPStatus.BAD_REQUEST, told)
        a, b = (Side(*self.shelf.read(name)) for name in names)
        return Answer(beside_page((a, b)))

    def _report(self, name: str) -> Answer:
        line, run, diagnosis = self.shelf.read(name)
        again = (("Refresh", str(REPORT_SECONDS)),) if line.status == "running" else ()
        return Answer(render(run, diagnosis, back="/"), headers=again)


def refused(status: HTTPStatus, message: str, *, has_home: bool = True) -> Answer:
    """Gives back a page that says why there is no other."""
    return Answer(message_page(message, has_home=has_home), status)


def _one(query: Query, name: str) -> str:
    return next(iter(query.get(name, ())), "")
