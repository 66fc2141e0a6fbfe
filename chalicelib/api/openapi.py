"""The description of every route, for programs that write clients and for people who explore."""

from chalicelib.api.answers import Answer
from chalicelib.api.call import Call
from chalicelib.api.serving import Service

HEADERS = {"Cache-Control": "public, max-age=3600", "Access-Control-Allow-Origin": "*"}
"""Any site's explorer may show it; it changes with a deployment only."""


def add_routes(service: Service) -> None:
    service.open("GET", "/openapi.json", openapi)


def openapi(_: Call) -> Answer:
    from chalicelib.api import description  # here, so that no other request waits for it

    return Answer(description.text(), headers=HEADERS)
