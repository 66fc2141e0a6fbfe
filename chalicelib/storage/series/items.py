"""An item of the `series` table."""

from pynamodb.attributes import NumberAttribute
from pynamodb.models import Model


class SeriesItem(Model):
    """series: a server's ID, or `kinds.FLEET`. place: see kinds.py. Other attributes depend on the kind."""

    class Meta:
        table_name = "series"

    series = NumberAttribute(hash_key=True, attr_name="s")
    place = NumberAttribute(range_key=True, attr_name="p")
    expires = NumberAttribute(attr_name="ttl", null=True)
