"""What Lambda loads: puts the parts together. The routes are in chalicelib/api, a file a subject."""

import time

from chalice.app import AuthRequest, AuthResponse, Chalice

from chalicelib.api import add_routes
from chalicelib.api.authorizer import authorize
from chalicelib.api.service import Service
from chalicelib.config import Config
from chalicelib.fleet.limits import AUTHORIZER_CACHE_SECONDS
from chalicelib.storage import DynamoStore

app = Chalice(app_name="nezha")
config = Config.from_environment()
store = DynamoStore(config)


@app.authorizer(ttl_seconds=AUTHORIZER_CACHE_SECONDS)
def authorizer(request: AuthRequest) -> AuthResponse:
    return authorize(request, store, time.time())


add_routes(Service(app, store, authorizer, time.time, compress=config.compress), config.report_interval)
