"""What the routes that answer for a range of time have in common."""

from chalicelib.api.answers import Answer, success
from chalicelib.api.call import Call
from chalicelib.api.route import FOR_GUESTS, Query
from chalicelib.fleet.ranges import RANGES, USUAL

RANGE = Query(
    "range",
    f"How far back: {', '.join(f'`{name}`' for name in RANGES)}. `{USUAL}` if absent.",
    USUAL,
    choices=tuple(RANGES),
)


def ranged(call: Call, result_json: str) -> Answer:
    """An answer that the edge caches for guests for some seconds, unless the request has a credential, good or bad."""
    answer = success(result_json)
    return answer if call.has_credential else answer._replace(headers=FOR_GUESTS)
