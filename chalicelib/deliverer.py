"""Lets the API's function test a channel: it calls the function that delivers messages.

The API's package does not contain the channels' library, and its role gives access only to the tables and to that
function.
"""

import json
import logging

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import get_session

TIMEOUTS = Config(connect_timeout=1, read_timeout=18, retries={"total_max_attempts": 1})

log = logging.getLogger(__name__)


def try_channel(region: str, function: str, channel_id: int) -> str:
    """Has a function send a test message. Returns "" if it arrived, otherwise what went wrong, fit to be shown."""
    # An event like EventBridge's, the only kind that Chalice reads here.
    names = ("version", "account", "region", "detail-type", "source", "time", "id")
    payload = json.dumps({**dict.fromkeys(names, ""), "resources": [], "detail": {"channel": channel_id}})
    try:
        client = get_session().create_client("lambda", region_name=region, config=TIMEOUTS)
        answer = client.invoke(FunctionName=function, Payload=payload.encode())
        said = json.loads(answer["Payload"].read())
    except (BotoCoreError, ClientError, ValueError) as error:
        log.warning("The function that delivers did not answer: %s", type(error).__name__)
        return "the function that delivers did not answer"
    if not isinstance(said, dict) or "error" not in said:
        return "the function that delivers failed; its log says why"
    return str(said["error"])
