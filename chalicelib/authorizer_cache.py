"""Flushes the authorizer cache of the API Gateway in front of this application."""

import logging

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import get_session

TIMEOUTS = Config(connect_timeout=0.7, read_timeout=1.2, retries={"total_max_attempts": 1})

log = logging.getLogger(__name__)


def forget_credentials(region: str, api_id: str, stage: str) -> bool:
    """Makes a stage ask the authorizer about every credential again. Returns whether that worked; failures are logged.

    Otherwise API Gateway accepts a deleted token until its cached answer is a minute old.
    """
    try:
        client = get_session().create_client("apigateway", region_name=region, config=TIMEOUTS)
        client.flush_stage_authorizers_cache(restApiId=api_id, stageName=stage)
    except (BotoCoreError, ClientError) as error:
        log.warning("API Gateway's authorizer cache was not flushed: %s", type(error).__name__)
        return False
    return True
