"""The routes of alerts: rules, channels, events and their feed. Views are imported when they are first called."""

from functools import partial

from chalicelib.api.route import ANYONE, GUESTS_AND_PEOPLE, PEOPLE, RARE, SHARED, Operation, Query, Route, later

_rules = partial(later, "chalicelib.api.people.rules")
_channels = partial(later, "chalicelib.api.people.channels")
_events = partial(later, "chalicelib.api.people.events")

ROUTES = (
    Route(
        "GET",
        "/api/rule",
        _rules("list_rules"),
        PEOPLE,
        Operation(
            "rules", "Lists all alert rules", result="Rule[]", outcome="All rules, ordered by ID.", errors=(413,)
        ),
        throttle=RARE,
    ),
    Route(
        "POST",
        "/api/rule",
        _rules("create_rule"),
        PEOPLE,
        Operation(
            "createRule",
            "Creates an alert rule",
            result="NewId",
            outcome="The rule's ID.",
            body="NewRule",
            then=("editRule", "deleteRule"),
        ),
        throttle=RARE,
    ),
    Route(
        "PATCH",
        "/api/rule/{id}",
        _rules("edit_rule"),
        PEOPLE,
        Operation(
            "editRule",
            "Changes fields of an alert rule",
            result="null",
            description="Open events continue if the new conditions hold for them, too; otherwise they end.",
            body="RuleChanges",
            about="rule",
        ),
        throttle=RARE,
    ),
    Route(
        "DELETE",
        "/api/rule/{id}",
        _rules("delete_rule"),
        PEOPLE,
        Operation("deleteRule", "Deletes an alert rule; its open events end", result="null", about="rule"),
        throttle=RARE,
    ),
    Route(
        "GET",
        "/api/channel",
        _channels("list_channels"),
        PEOPLE,
        Operation(
            "channels",
            "Lists all channels",
            result="Channel[]",
            outcome="All channels, ordered by ID.",
            description="Everything in a channel may be a secret and is shown as `…`, except for its name, the scheme "
            "of its URL, a webhook's host, and the names of headers.",
            errors=(413,),
        ),
        throttle=RARE,
    ),
    Route(
        "POST",
        "/api/channel",
        _channels("create_channel"),
        PEOPLE,
        Operation(
            "createChannel",
            "Creates a channel",
            result="NewId",
            outcome="The channel's ID.",
            body="NewChannel",
            then=("editChannel", "testChannel", "deleteChannel"),
        ),
        throttle=RARE,
    ),
    Route(
        "PATCH",
        "/api/channel/{id}",
        _channels("edit_channel"),
        PEOPLE,
        Operation(
            "editChannel",
            "Changes fields of a channel",
            result="null",
            description="Absent fields stay as they are, secrets included.",
            body="ChannelChanges",
            about="channel",
        ),
        throttle=RARE,
    ),
    Route(
        "DELETE",
        "/api/channel/{id}",
        _channels("delete_channel"),
        PEOPLE,
        Operation("deleteChannel", "Deletes a channel and drops its unsent messages", result="null", about="channel"),
        throttle=RARE,
    ),
    Route(
        "POST",
        "/api/channel/{id}/test",
        _channels("test_channel"),
        PEOPLE,
        Operation(
            "testChannel",
            "Sends a test message to a channel at once",
            result="Tried",
            outcome="Whether it was delivered, or what went wrong.",
            description="Takes up to 20 seconds.",
            about="channel",
        ),
        throttle=RARE,
    ),
    Route(
        "GET",
        "/api/event",
        _events("list_events"),
        GUESTS_AND_PEOPLE,
        Operation(
            "events",
            "Lists events, newest first",
            result="Event[]",
            outcome="Open events and those of the last 400 days, ordered by ID, highest first.",
            description="While `public_events` and the public page are on, guests can read the events of visible "
            "servers, and of monitors if `public_monitors` is on, without `rule_id`, `reason`, `value` and "
            "`deliveries`; everything else requires a session.",
            query=(
                Query("server", "ID of a server: returns only its events", "1", whole=True),
                Query("open", "`1`: returns only open events", "1"),
                Query("limit", "the maximum number of events, at most 100 (default)", "20", whole=True),
                Query("before", "ID of an event: returns only older events", "1000", whole=True),
            ),
            errors=(400, 403, 413),
        ),
        throttle=RARE,
    ),
    Route(
        "GET",
        "/incidents.atom",
        later("chalicelib.api.incidents", "feed"),
        ANYONE,
        Operation(
            "incidents",
            "Returns the newest events as an Atom feed",
            content={"application/atom+xml; charset=utf-8": "string"},
            outcome="An Atom feed in the site's language, newest first.",
            description="For feed readers. Contains events of visible servers, and of monitors if `public_monitors` "
            "is on; empty unless `public_events` and the public page are on. An entry is updated when its event ends.",
        ),
        throttle=RARE,
        cache=SHARED,
    ),
)
