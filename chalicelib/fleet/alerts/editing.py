"""What people do with rules and channels: create, change and delete them."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from chalicelib.fleet.alerts import channels, rules
from chalicelib.fleet.alerts.channels import Channel
from chalicelib.fleet.alerts.evaluation import edited, end_all
from chalicelib.fleet.alerts.ledger import Ledger, noted
from chalicelib.fleet.alerts.notices import notices
from chalicelib.fleet.alerts.quiet import quiet_until
from chalicelib.fleet.alerts.rules import Rule, Rules
from chalicelib.fleet.errors import NotFound
from chalicelib.fleet.store import Changed, Store


def all_rules(store: Store) -> Rules:
    return {id_: ledger.rule for id_, ledger in store.alerts.ledgers(at_once=True).items() if not ledger.deleted}


def create_rule(store: Store, wanted: Rule) -> int:
    """Stores a new rule and returns its id. Raises InvalidInput, also when there are too many."""
    _check_rule(store, wanted)
    new = replace(wanted, id=store.alerts.new_rule_id())
    store.alerts.create_rule(Ledger(new))
    return new.id


def edit_rule(store: Store, rule_id: int, changes: Mapping[str, Any], now: float) -> None:
    """changes: fields of Rule; the others stay as they are. Raises NotFound or InvalidInput.

    Open events continue if the new conditions hold for them, too. Servers, monitors and channels that have been deleted
    since the rule was made may stay in it.
    """
    while True:
        old = _ledger(store, rule_id)
        new = replace(old.rule, **changes)
        if new == old.rule:
            return
        _check_rule(store, new, old.rule)
        try:
            store.alerts.save(old, _with_rule(store, old, new, int(now)))
        except Changed:
            continue
        else:
            return


def _with_rule(store: Store, ledger: Ledger, rule: Rule, now: int) -> Ledger:
    if ledger.rule.watches_as(rule):
        return replace(ledger, rule=rule)
    if ledger.rule.of_monitors != rule.of_monitors:
        return replace(_ended(store, ledger, now), rule=rule)
    return replace(ledger, rule=rule, standing=edited(ledger.standing))


def _ended(store: Store, ledger: Ledger, now: int) -> Ledger:
    """The ledger with every event ended, and with the notices about that."""
    outcome = end_all(ledger.rule, ledger.standing, now, "rule_changed")
    settings = store.view().settings
    until = quiet_until(settings.quiet, now, settings.time_zone)
    return noted(ledger, outcome, notices(ledger.rule, outcome, now, until))


def delete_rule(store: Store, rule_id: int, now: float) -> None:
    """Deletes a rule. Its open events end, and its channels are notified. Raises NotFound."""
    while True:
        old = _ledger(store, rule_id)
        try:
            store.alerts.retire(old, replace(_ended(store, old, int(now)), deleted=True))
        except Changed:
            continue
        else:
            return


def _ledger(store: Store, rule_id: int) -> Ledger:
    found = store.alerts.ledger(rule_id)
    if found is None or found.deleted:
        raise rule_not_found(rule_id)
    return found


def rule_not_found(rule_id: int) -> NotFound:
    return NotFound(f"Rule {rule_id} does not exist.", error="rule_not_found")


def _check_rule(store: Store, rule: Rule, old: Rule | None = None) -> None:
    view = store.view()
    servers: set[int] = {*view.fleet.by_id}
    monitors: set[int] = {*view.monitors}
    known: Collection[int] = store.alerts.channels().keys() if rule.channels else ()
    if old:
        servers |= old.servers.union(*(one.servers for one in old.conditions))
        monitors |= frozenset[int]().union(*(one.monitors for one in old.conditions))
    rules.check(rule, servers, monitors, {*known, *(old.channels if old else ())})


def create_channel(store: Store, wanted: Channel) -> int:
    """Stores a new channel and returns its id. Raises InvalidInput, also when there are too many."""
    channels.check(wanted)
    new = replace(wanted, id=store.alerts.new_channel_id())
    store.alerts.create_channel(new)
    return new.id


def edit_channel(store: Store, channel_id: int, changes: Mapping[str, Any]) -> None:
    """changes: fields of Channel; the others stay as they are. Raises NotFound or InvalidInput."""
    while True:
        old = channel(store, channel_id)
        new = replace(old, **changes)
        channels.check(new)
        try:
            return None if new == old else store.alerts.edit_channel(old, new)
        except Changed:
            continue


def delete_channel(store: Store, channel_id: int) -> None:
    """Deletes a channel and drops its unsent messages. Raises NotFound."""
    store.alerts.delete_channel(channel_id)


def channel(store: Store, channel_id: int) -> Channel:
    """The channel with this ID. Raises NotFound."""
    found = store.alerts.channels().get(channel_id)
    if found is None:
        raise channels.not_found(channel_id)
    return found
