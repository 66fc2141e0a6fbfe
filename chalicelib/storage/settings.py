"""The `settings` table: items for the site's settings, its files, the password, and attempts to sign in.

cost_item.py has one more.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.operand import Path
from pynamodb.models import Model

from chalicelib.fleet.passwords import Password
from chalicelib.fleet.settings import Settings
from chalicelib.fleet.store import Changed
from chalicelib.storage.calls import Database
from chalicelib.storage.failures import ConditionFailed
from chalicelib.storage.head import Head
from chalicelib.storage.items import Item, delete_of, number, put_of, update_of

if TYPE_CHECKING:
    from chalicelib.fleet.brand import SiteFile


class SiteItem(Model):
    """The item "site". Missing attributes have the defaults of fleet.settings. quiet: a JSON list of windows."""

    class Meta:
        table_name = "settings"

    key = UnicodeAttribute(hash_key=True)
    site_name = UnicodeAttribute(null=True)
    public_page = BooleanAttribute(null=True)
    language = UnicodeAttribute(null=True)
    site_url = UnicodeAttribute(null=True)
    time_zone = UnicodeAttribute(null=True)
    public_events = BooleanAttribute(null=True)
    public_monitors = BooleanAttribute(null=True)
    report_interval = NumberAttribute(null=True)
    flush = NumberAttribute(null=True)
    live_interval = NumberAttribute(null=True)
    api_keeps_live = BooleanAttribute(null=True)
    first_steps = BooleanAttribute(null=True)
    accent = UnicodeAttribute(null=True)
    footer = UnicodeAttribute(null=True)
    logo = UnicodeAttribute(null=True)
    css = UnicodeAttribute(null=True)
    quiet = UnicodeAttribute(null=True)


class FileItem(Model):
    """The item "logo" or "css": a file that the item "site" names. It is separate because "site" is read often."""

    class Meta:
        table_name = "settings"

    key = UnicodeAttribute(hash_key=True)
    name = UnicodeAttribute()
    content = UnicodeAttribute()


class PasswordItem(Model):
    """The item "password"."""

    class Meta:
        table_name = "settings"

    key = UnicodeAttribute(hash_key=True)
    digest = UnicodeAttribute()
    salt = UnicodeAttribute()
    n = NumberAttribute()
    r = NumberAttribute()
    p = NumberAttribute()
    generation = NumberAttribute()
    generated = BooleanAttribute(null=True)


class AttemptsItem(Model):
    """Attempts to sign in from one network or device in one window; `count` is their number.

    These items are in this table because nothing reads it as a whole: a flood of attempts from many networks leaves
    many of them, and DynamoDB may take days to remove them.
    """

    class Meta:
        table_name = "settings"

    key = UnicodeAttribute(hash_key=True)
    ttl = NumberAttribute()


SITE_KEY: Item = {"key": {"S": "site"}}
PASSWORD_KEY: Item = {"key": {"S": "password"}}


class SettingsTable:
    """Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._table = database.table(SiteItem)
        self._known: tuple[int, Settings] = (0, Settings())

    def settings(self, head: Head) -> Settings:
        """The settings, at least as new as `head`."""
        version, known = self._known
        if version >= head.settings:
            return known
        item = self._database.get(SiteItem, SITE_KEY)
        stored = SiteItem.from_raw_data(item).attribute_values if item else {}
        read = Settings(**{name: _read(name, value) for name, value in stored.items() if name != "key"})
        self._known = (head.settings, read)
        return read

    @property
    def known(self) -> Settings:
        """The settings as this process last read them; the defaults before that."""
        return self._known[1]

    def edit(self, changes: Mapping[str, object], files: "Mapping[str, SiteFile]") -> list[dict[str, Any]]:
        """The writes of some fields of Settings, and of the files that they name, for a transaction."""
        actions = [getattr(SiteItem, name).set(_written(name, value)) for name, value in changes.items()]
        return [{"Update": update_of(self._table, SITE_KEY, actions)}, *map(self._file_write, files.items())]

    def _file_write(self, named: "tuple[str, SiteFile]") -> dict[str, Any]:
        field, file = named
        if not file.name:
            return {"Delete": delete_of(self._table, {"key": {"S": field}})}
        return {"Put": put_of(self._table, FileItem(field, name=file.name, content=file.content).serialize())}

    def site_file(self, field: str) -> "SiteFile":
        from chalicelib.fleet.brand import NONE, SiteFile

        item = self._database.get(FileItem, {"key": {"S": field}})
        return SiteFile(item["name"]["S"], item["content"]["S"]) if item else NONE

    def password(self) -> Password | None:
        item = self._database.get(PasswordItem, PASSWORD_KEY)
        if item is None:
            return None
        stored = PasswordItem.from_raw_data(item)
        n, r, p, generation = (int(value) for value in (stored.n, stored.r, stored.p, stored.generation))
        return Password(stored.digest, stored.salt, n, r, p, generation, bool(stored.generated))

    def count_attempts(self, who: str, expires: int, step: int) -> int:
        """Adds `step` to the count of `who`, and returns the new count. expires: of the count, Unix seconds."""
        counted = self._database.update(
            AttemptsItem,
            {"key": {"S": f"attempts {who}"}},
            [Path("count").add(number(step)), AttemptsItem.ttl.set(expires)],
            returning="UPDATED_NEW",
        )
        return int(counted["count"]["N"])

    def change_password(self, old: Password, new: Password) -> None:
        """Replaces the password. Raises Changed unless `old` is what is stored."""
        actions = [getattr(PasswordItem, name).set(value) for name, value in asdict(new).items()]
        try:
            self._database.update(PasswordItem, PASSWORD_KEY, actions, PasswordItem.generation == old.generation)
        except ConditionFailed:
            if self.password() != new:  # otherwise, an earlier attempt, whose answer was lost, stored it
                raise Changed from None

    def set_password(self, password: Password) -> None:
        self._database.put(PasswordItem, PasswordItem("password", **asdict(password)).serialize())


def _written(name: str, value: Any) -> Any:
    return json.dumps([asdict(window) for window in value]) if name == "quiet" else value


def _read(name: str, value: Any) -> Any:
    if name != "quiet":
        return value
    # Imported here, so that the cold start of a dashboard without quiet hours does not wait for time zones.
    from chalicelib.fleet.alerts.quiet import QuietWindow

    return tuple(QuietWindow(tuple(one["days"]), one["begin"], one["end"]) for one in json.loads(value))
