"""Turns the session cookie into the Authorization header, as CloudFront's function (`edge.js`) does on AWS."""

from collections.abc import Mapping

from chalicelib.api.cookies import session_in


def with_session_header(headers: Mapping[str, str]) -> dict[str, str]:
    """Returns the headers as API Gateway receives them. Names are in lower case.

    The authorizer reads the Authorization header only, so a session cookie is copied there. An Authorization header
    that the client sent is kept: a wrong token is rejected even if the cookie is valid.
    """
    session = session_in(headers.get("cookie"))
    if session and "authorization" not in headers:
        return {**headers, "authorization": session}
    return dict(headers)
