"""The function behind the function URL for reports, which accepts them for a fifth of API Gateway's price.

It has its own role, log and limit, and uses the API's view. Other requests get the errors that API Gateway would send.
"""

import time
from typing import Any

from chalice.app import Chalice

from chalicelib.api.agents import reports
from chalicelib.api.answers import failure
from chalicelib.api.function_url import Event, rest_event, url_answer
from chalicelib.api.route import NEVER
from chalicelib.api.security_headers import SECURITY_HEADERS
from chalicelib.api.serving import Api
from chalicelib.config import Config
from chalicelib.fleet.store import Store

(ROUTE,) = reports.ROUTES


class ReportsFunction:
    """Handles events of a function URL."""

    def __init__(self, config: Config, store: Store) -> None:
        self._app = Chalice(app_name="nezha-reports", configure_logs=False)
        api = Api(
            self._app,
            store,
            None,
            time.time,
            report_interval=config.report_interval,
            flush=config.flush,
            state_units=config.state_units,
        )
        api.add([ROUTE])

    def __call__(self, event: Event, context: Any) -> dict[str, Any]:
        if event["rawPath"] != ROUTE.path:
            return _error(404, "This host accepts only reports; check the path.")
        if event["requestContext"]["http"]["method"] != ROUTE.method:
            return _error(405, f"This path supports only {ROUTE.method}.", Allow=ROUTE.method)
        return url_answer(self._app(rest_event(event, ROUTE.path), context))


def _error(status: int, message: str, **headers: str) -> dict[str, Any]:
    answer = failure(status, message)
    shown = {**SECURITY_HEADERS, "Cache-Control": NEVER.control, "Content-Type": answer.content_type, **headers}
    return {"statusCode": status, "body": answer.body, "headers": shown, "isBase64Encoded": False}
