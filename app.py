"""What Lambda loads: puts the parts together. The routes are in chalicelib/api, a file a subject."""

import time
from functools import partial

from chalice.app import AuthRequest, AuthResponse, Chalice

from chalicelib.api import add_routes
from chalicelib.api.authorizer import authorize
from chalicelib.api.serving import Service
from chalicelib.authorizer_cache import forget_credentials
from chalicelib.config import Config
from chalicelib.fleet.limits import AUTHORIZER_CACHE_SECONDS
from chalicelib.storage import DynamoStore

# Without Chalice's own handler: Lambda's writes what is logged, as JSON where the function is told to.
app = Chalice(app_name="nezha", configure_logs=False)
config = Config.from_environment()
store = DynamoStore(config)


@app.authorizer(ttl_seconds=AUTHORIZER_CACHE_SECONDS)
def authorizer(request: AuthRequest) -> AuthResponse:
    return authorize(request, store, time.time())


service = Service(
    app,
    store,
    authorizer,
    time.time,
    compress=config.compress,
    edge_secret=config.edge_secret,
    gateway_forgets=partial(forget_credentials, config.region),
)
add_routes(service, config.report_interval)
