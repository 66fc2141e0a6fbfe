"""What the stage costs this month, for the people who pay for it."""

from chalicelib.api.answers import Answer, success
from chalicelib.api.call import Call
from chalicelib.api.json_output import json_text
from chalicelib.api.route import PEOPLE, Operation, Route


def show_cost(call: Call) -> Answer:
    # Imported here, so that a cold start for any other request does not wait for it.
    from chalicelib.fleet.bill import described

    metered = call.store.cost()
    shown: dict[str, object] = {"ceiling": 0, "notifies": False, "bill": None}
    if metered:
        shown = {"ceiling": metered.ceiling, "notifies": metered.notifies, "bill": described(metered)}
    return success(json_text({"local": call.local, **shown}))


ROUTES = (
    Route(
        "GET",
        "/api/cost",
        show_cost,
        PEOPLE,
        Operation(
            "cost",
            "Returns what this dashboard costs in this month",
            result="Cost",
            outcome="The last figures; they are updated every three hours.",
            description="Calculated from AWS's metrics and list prices, so it can differ from AWS's bill. Only "
            "dashboards deployed with `make deploy` have costs.",
            errors=(413,),
        ),
    ),
)
