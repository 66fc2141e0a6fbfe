"""One request as a view sees it."""

from collections.abc import Callable
from typing import Any, NamedTuple

from chalice.app import Request

from chalicelib.api.body import json_in
from chalicelib.api.cookies import session_in
from chalicelib.api.route import Route
from chalicelib.api.viewer import Viewer
from chalicelib.fleet.access import Caller, identify
from chalicelib.fleet.store import Store
from chalicelib.fleet.tokens import credential_in


class Call(NamedTuple):
    """One request being served.

    caller: who was let in; a guest on an open route. now: Unix seconds, read once per request. report_interval: seconds
    that agents are told to wait between two reports. flush: seconds that they are told to wait between two flushes of
    minutes and pings. report_url: where agents are told to send reports; "" for the dashboard's own URL. state_units:
    write units a second that the states of the fleet may consume, 0 for no limit. local: whether this runs under
    `make run`, where AWS bills nothing.
    gateway_forgets: takes an API's ID and stage, and flushes that stage's authorizer cache. try_channel: sends a test
    message to the channel with this ID; returns "" if it arrived, otherwise what went wrong.
    """

    route: Route
    request: Request
    store: Store
    caller: Caller
    viewer: Viewer
    now: float
    report_interval: int
    flush: int
    report_url: str
    state_units: float
    gateway_forgets: Callable[[str, str], object]
    try_channel: Callable[[int], str]
    local: bool

    @property
    def credential(self) -> str:
        """The raw credential of the Authorization header, on an open route; "" for none."""
        return credential_in(self.request.headers.get("authorization"))

    @property
    def session(self) -> str:
        """The raw credential in the session cookie; "" for none."""
        return session_in(self.request.headers.get("cookie"))

    def sender(self) -> Caller:
        """The caller that the Authorization header names, on an open route; a bad credential counts as none."""
        return identify(self.store, self.credential, self.now)

    def person(self) -> Caller:
        """The caller that the session cookie names, on an open route; a bad one counts as none."""
        return identify(self.store, self.session, self.now)

    @property
    def has_credential(self) -> bool:
        """Whether the request carries a credential, good or bad, on an open route."""
        return bool(self.credential or self.session)

    def anyone(self) -> Caller:
        """The caller that the Authorization header names, or else the session cookie; a bad one counts as none."""
        return identify(self.store, self.credential or self.session, self.now)

    def query(self, name: str) -> str:
        """A query parameter, "" when absent; if repeated, the first counts, as in v0."""
        parameters = self.request.query_params
        return str(parameters.getlist(name)[0]) if parameters and name in parameters else ""

    @property
    def prefix(self) -> str:
        """The part of the caller's URL before the route's path: the API's stage or base path, "" behind the edge."""
        if self.viewer.through_edge:
            return ""
        asked = str(self.request.context.get("path") or self.route.path)
        return asked.rstrip("/").removesuffix(self.route.path)

    @property
    def body(self) -> bytes:
        raw = self.request.raw_body
        return raw if isinstance(raw, bytes) else raw.encode()

    def fields(self) -> dict[str, Any]:
        """The fields of the JSON object in the body, as the route's schema describes it.

        Raises TooLarge, or InvalidInput for what the schema does not allow.
        """
        # Imported here, so that a cold start for any other request does not wait for them.
        from chalicelib.api.body_fields import read_fields
        from chalicelib.api.schemas.bodies import BODIES

        operation = self.route.operation
        value = json_in(self.body) if self.body or operation.body_required else None
        return read_fields({} if value is None and not operation.body_required else value, BODIES[operation.body])

    def forget_credentials(self) -> None:
        """Flushes the authorizer cache after a credential has ended, so that it is refused within seconds.

        Otherwise it would be accepted for as long as the cache keeps it, up to a minute.
        """
        api_id, stage = self.request.context.get("apiId"), self.request.context.get("stage")
        if api_id and stage:
            self.gateway_forgets(api_id, stage)
