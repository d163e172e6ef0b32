"""Who may read: requests of this machine's own address, with the token that only we told."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie

HOSTS = ("127.0.0.1", "localhost")


@dataclass(slots=True)
class Door:
    """Lets requests in by a token, and from then on by a cookie.

    `token` is told to the user. Tickets are tokens that let in once: the address that a browser
    is started with can be read by all users of the machine, in the list of its processes.
    """

    port: int
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    _tickets: set[str] = field(default_factory=set)
    _pass: str = field(default_factory=lambda: secrets.token_urlsafe(32))

    def knows_host(self, hosts: Sequence[str]) -> bool:
        """Tells whether a request is for this address: names that others can bend are refused."""
        ours = [f"{host}:{self.port}" for host in HOSTS]
        return len(hosts) == 1 and hosts[0].strip().lower() in ours

    def ticket(self) -> str:
        """Gives back a token that lets in once."""
        made = secrets.token_urlsafe(32)
        self._tickets.add(made)
        return made

    def opens_to(self, token: str) -> bool:
        """Tells whether a token lets in; a ticket is used up."""
        if _same(token, self.token):
            return True
        used = next((ticket for ticket in self._tickets if _same(token, ticket)), None)
        self._tickets.discard(used or "")
        return used is not None

    def cookie(self) -> str:
        """Gives back the header by which a browser is known from then on, until it is closed."""
        return f"{self._name}={self._pass}; Path=/; HttpOnly; SameSite=Strict"

    def knows(self, cookies: Sequence[str]) -> bool:
        """Tells whether a request brings the cookie."""
        for header in cookies:
            try:
                found = SimpleCookie(header).get(self._name)
            except CookieError:
                continue
            if found is not None and _same(found.value, self._pass):
                return True
        return False

    @property
    def _name(self) -> str:
        # Cookies are shared by all ports of a host, and so by two servers of ours.
        return f"valgap-{self.port}"


def _same(received: str, expected: str) -> bool:
    return secrets.compare_digest(received.encode("utf-8", "replace"), expected.encode())
