"""The server: on the loopback address only, for its user only, reading only."""

from __future__ import annotations

import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from valgap.cli.serving.answers import Answer, Answers, refused
from valgap.cli.serving.door import Door
from valgap.errors import UsageError
from valgap.report.html.runs.pages import message_page

ADDRESS = "127.0.0.1"
_ONLY_READ = "this page can be read only: expected GET or HEAD"
_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class RunsServer(ThreadingHTTPServer):
    """Serves the runs of one folder until it is shut down."""

    daemon_threads = True
    # Else a second server could take the port of one that is there.
    allow_reuse_address = sys.platform != "win32"

    def __init__(self, answers: Answers, port: int = 0) -> None:
        """Takes a port of the loopback address.

        Args:
            answers: Makes the pages.
            port: The port; any that is free if 0.

        Raises:
            UsageError: If it cannot be had.
        """
        try:
            super().__init__((ADDRESS, port), _Handler)
        except OSError as error:
            told = f"cannot serve on port {port}: {error.strerror}; leave --port out for a free one"
            raise UsageError(told) from None
        self.answers = answers
        self.door = Door(self.server_address[1])

    def address(self, token: str) -> str:
        """Gives back the address to open, with a token of the door's."""
        return f"http://{ADDRESS}:{self.door.port}/?token={token}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Tells faults of ours; a browser that went away is none."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)

    def answer(self, target: str, hosts: list[str], cookies: list[str]) -> Answer:
        """Gives back what is answered to a request."""
        if not self.door.knows_host(hosts):
            return _shut("expected the address that valgap printed")
        try:
            parts = urlsplit(target)
            query = parse_qs(parts.query, max_num_fields=20)
        except ValueError:
            return refused(HTTPStatus.BAD_REQUEST, "no address that can be read", has_home=False)
        if "token" in query:
            return self._welcome(query["token"][0])
        if not self.door.knows(cookies):
            return _shut("open the address that valgap printed, with its token")
        return self.answers.to(parts.path, query)

    def _welcome(self, token: str) -> Answer:
        """Gives a cookie for a token, and goes on to an address without it.

        By a page, as a browser that followed a link from elsewhere keeps the cookie back on a
        mere redirection.
        """
        if not self.door.opens_to(token):
            return _shut("wrong token: open the address that valgap printed")
        page = message_page("opening the list of runs", goes_home=True)
        return Answer(page, headers=(("Set-Cookie", self.door.cookie()),))


def _shut(message: str) -> Answer:
    return refused(HTTPStatus.FORBIDDEN, message, has_home=False)


class _Handler(BaseHTTPRequestHandler):
    server: RunsServer
    server_version = "valgap"
    sys_version = ""
    timeout = 30

    def do_GET(self) -> None:
        self._send(self._answered())

    def do_HEAD(self) -> None:
        self._send(self._answered(), has_body=False)

    def _refuse(self) -> None:
        if not self.server.door.knows_host(self.headers.get_all("Host", [])):
            self._send(_shut("expected the address that valgap printed"))
            return
        self.close_connection = True
        self._send(refused(HTTPStatus.METHOD_NOT_ALLOWED, _ONLY_READ, has_home=False))

    do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_TRACE = do_CONNECT = _refuse  # noqa: N815

    def send_error(self, code: int, message: str | None = None, _: str | None = None) -> None:
        """Answers what is no request that we know, in our own page."""
        told = message or HTTPStatus(code).phrase
        self.close_connection = True
        self._send(refused(HTTPStatus(code), told, has_home=False))

    def log_message(self, *_: object) -> None:
        """Says nothing: requests are no news."""

    def _answered(self) -> Answer:
        hosts, cookies = (self.headers.get_all(name, []) for name in ("Host", "Cookie"))
        try:
            return self.server.answer(self.path, hosts, cookies)
        except Exception as error:
            self.server.handle_error(self.request, self.client_address)
            told = f"a fault of valgap itself: {type(error).__name__}; more is in the terminal"
            return refused(HTTPStatus.INTERNAL_SERVER_ERROR, told)

    def _send(self, answer: Answer, *, has_body: bool = True) -> None:
        body = answer.page.encode("utf-8", "xmlcharrefreplace")
        self.send_response(answer.status)
        for name, value in (*_HEADERS.items(), *answer.headers):
            self.send_header(name, value)
        if answer.status == HTTPStatus.METHOD_NOT_ALLOWED:
            self.send_header("Allow", "GET, HEAD")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if has_body:
            self.wfile.write(body)
