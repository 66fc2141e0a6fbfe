"""The OpenAPI description of every route, for programs that generate clients and for people who explore the API."""

from chalicelib.api.answers import JSON, Answer
from chalicelib.api.call import Call
from chalicelib.api.route import AN_HOUR, ANYONE, RARE, Operation, Route


def openapi(_: Call) -> Answer:
    from chalicelib.api import description  # imported here, so that no other request waits for it

    # Explorers on any site may show it.
    return Answer(description.text(), headers={"Access-Control-Allow-Origin": "*"})


ROUTES = (
    Route(
        "GET",
        "/openapi.json",
        openapi,
        ANYONE,
        Operation("description", "Returns this OpenAPI document", content={JSON: "object"}, outcome="OpenAPI 3.1."),
        throttle=RARE,
        cache=AN_HOUR,
    ),
)
