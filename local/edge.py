"""What the edge in front of API Gateway does to a request's headers, on one machine."""

from collections.abc import Mapping

from chalicelib.api.cookies import session_in


def behind_the_edge(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers, lower-case names, as API Gateway gets them.

    A session cookie becomes the Authorization header, so that both ways of signing in pass the same authorizer. One
    that was sent is never overridden: a wrong Authorization beats a good cookie.
    """
    session = session_in(headers.get("cookie"))
    if session and "authorization" not in headers:
        return {**headers, "authorization": session}
    return dict(headers)
