"""Updates the costs of a stage every few hours, and sends an email when a month has reached its cost ceiling."""

import logging
from dataclasses import replace

from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import get_session

from chalicelib.fleet.bill import Metered, is_due, total
from chalicelib.fleet.ceiling_notice import notice
from chalicelib.fleet.errors import FleetError
from chalicelib.metering import TIMEOUTS, MeterError, Parts, read
from chalicelib.storage import DynamoStore

log = logging.getLogger(__name__)


class CostKeeper:
    """Runs in the scheduled function. metered: as `Parts` parses it. ceiling: dollars a month, 0 for none."""

    def __init__(self, store: DynamoStore, region: str, metered: str, ceiling: float) -> None:
        self._store = store
        self._region = region
        self._parts = Parts.parse(metered)
        self._ceiling = ceiling
        self._kept: Metered | None = None

    def __call__(self, now: float) -> None:
        """Updates the costs if that is due, and sends the email if it has not been sent yet.

        Failures are logged, and the next run tries again. Until then, the dashboard keeps its pace.
        """
        try:
            self._kept = self._kept or self._store.cost()
            if is_due(self._kept, self._ceiling, now):
                self._count(now)
            if self._kept and self._kept.owes_notice:
                self._notify(self._kept)
        except (FleetError, MeterError) as error:
            log.warning("The costs were not counted: %s", error)

    def _count(self, now: float) -> None:
        used = read(self._store, self._region, self._parts, now)
        metered = Metered(int(now), used, self._ceiling, notifies=bool(self._parts.topic)).after(self._kept)
        self._keep(metered)
        spent = total(metered)
        log.info("this month cost $%.2f so far, and about $%.2f by its end", *spent, extra=spent._asdict())

    def _notify(self, metered: Metered) -> None:
        """Sends the email before storing that it was sent: after a failure in between, it comes twice, not never."""
        subject, text = notice(metered, self._parts.api.removeprefix("nezha-"))
        client = get_session().create_client("sns", region_name=self._region, config=TIMEOUTS)
        try:
            client.publish(TopicArn=self._parts.topic, Subject=subject, Message=text)
        except (BotoCoreError, ClientError) as error:
            log.warning("The email about the reached ceiling was not sent: %s", error)
            return
        finally:
            client.close()
        self._keep(replace(metered, notified_until=metered.slow_until))

    def _keep(self, metered: Metered) -> None:
        self._store.keep_cost(metered)
        self._kept = metered
