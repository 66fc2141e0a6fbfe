"""What Lambda loads: puts the parts together. chalicelib/api/routes.py lists the routes."""

import time
from collections.abc import Callable
from functools import partial

from chalice.app import AuthRequest, AuthResponse, Chalice, CloudWatchEvent

from chalicelib.api.authorizer import authorize, guarded
from chalicelib.api.routes import ROUTES
from chalicelib.api.serving import Api
from chalicelib.authorizer_cache import forget_credentials
from chalicelib.config import Config
from chalicelib.deliverer import try_channel
from chalicelib.fleet.limits import AUTHORIZER_CACHE_SECONDS
from chalicelib.scheduled import ROLLUP, WATCH, Scheduled
from chalicelib.storage import DynamoStore, connect

# Chalice's own log handler stays off: Lambda's writes the log, as JSON if the function is configured so.
app = Chalice(app_name="nezha", configure_logs=False)
config = Config.from_environment()
store = DynamoStore(config.table_prefix, connect.for_requests(config))
behind_the_authorizer = guarded(ROUTES)


def cost_keeper() -> Callable[[float], None]:
    """Returns the function that updates the stage's costs, or one that does nothing where nothing is billed.

    The import is in here because only the scheduled function needs it.
    """
    if not config.metered:
        return lambda _now: None
    from chalicelib.cost_keeper import CostKeeper

    return CostKeeper(store, config.region, config.metered, config.ceiling)


scheduled = Scheduled(
    store,
    config.report_interval,
    flush=config.flush,
    every=config.evaluate_every,
    local=config.local,
    cost_keeper=cost_keeper,
)


@app.authorizer(ttl_seconds=AUTHORIZER_CACHE_SECONDS)
def authorizer(request: AuthRequest) -> AuthResponse:
    return authorize(request, store, time.time(), behind_the_authorizer)


api = Api(
    app,
    store,
    authorizer,
    time.time,
    report_interval=config.report_interval,
    flush=config.flush,
    report_url=config.report_url,
    state_units=config.state_units,
    compress=config.compress,
    edge_secret=config.edge_secret,
    gateway_forgets=partial(forget_credentials, config.region),
    try_channel=partial(try_channel, config.region, config.deliverer) if config.deliverer else scheduled.try_channel,
    local=config.local,
)
api.add(ROUTES)
if config.local:
    from chalicelib.api.foreign_hosts import refuse_foreign_hosts

    app.register_middleware(refuse_foreign_hosts(config.hosts), "http")


@app.schedule(WATCH.rate, name=WATCH.name)
def watch(event: CloudWatchEvent) -> dict[str, str] | None:
    """Runs every minute. The API's function calls it, too, to send a test message to a channel."""
    if "channel" in event.detail:
        return {"error": scheduled.try_channel(event.detail["channel"])}
    scheduled.run(WATCH)
    return None


@app.schedule(ROLLUP.rate, name=ROLLUP.name)
def rollup(_: CloudWatchEvent) -> None:
    scheduled.run(ROLLUP)
