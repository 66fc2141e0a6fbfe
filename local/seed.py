"""Adds what the local system needs to the database: a password, a token, and two monitors."""

from dataclasses import replace

from chalicelib.fleet import monitors, passwords, sign_in, tokens
from chalicelib.fleet.monitors import Monitor
from chalicelib.fleet.store import Store
from chalicelib.fleet.tokens import hash_of
from local.credentials import Credentials

PROBE_SECONDS = 10


class Seed:
    """Adds what is missing, so that the same credentials work with an old database and with a new one."""

    def __init__(self, store: Store, credentials: Credentials, now: float) -> None:
        self._store = store
        self._credentials = credentials
        self._now = now

    def password(self, *, fresh: bool) -> str:
        """The password that works now: the generated one, or "" if somebody chose another.

        fresh: whether the credentials are new, so that the generated password replaces a chosen one.
        """
        ours, kept = self._credentials.password, self._store.password()
        if kept and passwords.matches(ours, kept):
            return ours
        if kept and not kept.generated and not fresh:
            return ""
        sign_in.set_password(self._store, ours, generated=True)
        return ours

    def token(self) -> None:
        """Adds the token, even if it was deleted before."""
        token = self._credentials.token
        if self._store.token(hash_of(token)) is None:
            tokens.adopt(self._store, token, self._now, note="created by python -m local")

    def is_registered(self) -> bool:
        secret = self._credentials.secret
        return bool(secret) and self._store.token(hash_of(secret)) is not None

    def monitors(self, port: int) -> None:
        """Adds two monitors of loopback at the first start. Later, only updates the TCP one's target to the dashboard's
        port.
        """
        target = f"127.0.0.1:{port}"
        if not self._credentials.tcp_monitor:
            icmp = Monitor(0, "Loopback", "icmp", "127.0.0.1", PROBE_SECONDS)
            monitors.create(self._store, icmp)
            tcp = replace(icmp, name="Dashboard", type="tcp", target=target)
            self._credentials.tcp_monitor = monitors.create(self._store, tcp)
        elif self._credentials.tcp_monitor in self._store.view().monitors:
            monitors.edit(self._store, self._credentials.tcp_monitor, {"target": target})
