"""The item "cost" of the `settings` table: the stage's use this month, as it was last counted."""

import json

from pynamodb.attributes import UnicodeAttribute
from pynamodb.expressions.operand import Path
from pynamodb.models import Model

from chalicelib.fleet.bill import Amount, Metered
from chalicelib.storage.calls import Database
from chalicelib.storage.head import KEY as HEAD_KEY
from chalicelib.storage.head import HeadItem
from chalicelib.storage.items import Item, number, put_of, update_of

COST_KEY: Item = {"key": {"S": "cost"}}


class CostItem(Model):
    """metered: JSON of Metered; the names of parts are those of fleet.bill."""

    class Meta:
        table_name = "settings"

    key = UnicodeAttribute(hash_key=True)
    metered = UnicodeAttribute()


def read(database: Database) -> Metered | None:
    item = database.get(CostItem, COST_KEY)
    if item is None:
        return None
    stored = json.loads(CostItem.from_raw_data(item).metered)
    amounts = {name: Amount(*amount) for name, amount in stored["amounts"].items()}
    told = stored.get("notifies", False), stored.get("notified_until", 0)
    return Metered(stored["at"], amounts, stored["ceiling"], *told)


def keep(database: Database, metered: Metered) -> None:
    """Stores the month's use, and in the head, until when the cost ceiling slows the dashboard down."""
    text = json.dumps(
        {
            "at": metered.at,
            "ceiling": metered.ceiling,
            "amounts": metered.amounts,
            "notifies": metered.notifies,
            "notified_until": metered.notified_until,
        }
    )
    put = put_of(database.table(CostItem), CostItem("cost", metered=text).serialize())
    slow = Path("slow_until").set(number(metered.slow_until))
    database.transact([{"Put": put}, {"Update": update_of(database.table(HeadItem), HEAD_KEY, [slow])}])
