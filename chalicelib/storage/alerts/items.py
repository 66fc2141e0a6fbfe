"""The model of the `alerts` table. The partition key is the kind of an item:

kind           id           what it is
rule           0            every open event, for pages; `state`; read together with all rules
rule           rule         a rule with its open events and unsent messages; `definition`, `mark`, `state`
channel        channel      a channel; `definition`
event          event        an archived event; `definition`
event s12      event        the same event again, to find the events of server 12
pulse          0            when rules were evaluated last, while something is undecided; `definition`
counter        0            the last ids that were given out, and how many rules and channels there are
"""

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from chalicelib.storage.items import Item

RULE, CHANNEL, EVENT, COUNTER = "rule", "channel", "event", "counter"

OPEN_EVENTS_ID = 0
"""Takes the place of a rule's ID; no rule has it."""

PULSE_KEY: Item = {"kind": {"S": "pulse"}, "id": {"N": "0"}}
COUNTER_KEY: Item = {"kind": {"S": COUNTER}, "id": {"N": "0"}}


class AlertItem(Model):
    """definition: JSON. mark: differs in each version of a rule's item. state: see ledgers.py."""

    class Meta:
        table_name = "alerts"

    kind = UnicodeAttribute(hash_key=True)
    id = NumberAttribute(range_key=True)
    definition = UnicodeAttribute(null=True)
    mark = UnicodeAttribute(null=True)
    state = BinaryAttribute(null=True, legacy_encoding=False)
    expires = NumberAttribute(attr_name="ttl", null=True)


def key_of(kind: str, id_: int) -> Item:
    return {"kind": {"S": kind}, "id": {"N": str(id_)}}
