"""What is owed is delivered: to real receivers, past channels that fail, by processes that die, and several at once."""

import json
import threading
import time
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from chalicelib.delivery.outbox import Outbox
from chalicelib.delivery.sender import Sender
from chalicelib.fleet.alerts import notices
from chalicelib.fleet.alerts.channels import Channel
from chalicelib.fleet.alerts.conditions import Condition
from chalicelib.fleet.alerts.ledger import Ledger, records, with_delivery
from chalicelib.fleet.alerts.messages import Message
from chalicelib.fleet.alerts.notices import LEASE_SECONDS
from chalicelib.fleet.alerts.rules import Rule
from chalicelib.fleet.limits import DELIVERY_TRIED_SECONDS
from chalicelib.fleet.settings import Settings
from tests.delivery.receiver import Receiver, silence
from tests.delivery.test_services import mail_server
from tests.fleet.alerts.fleets import NOW, PlainStates, server, state
from tests.fleet.alerts.ledgers import evaluated
from tests.fleet.memory_store import MemoryStore

RULE = Rule(3, "Busy", (Condition("cpu", above=90),), duration=0, channels=(1, 2))
SITE = Settings(site_name="Fleet", site_url="https://status.example")


def hook(id_: int, url: str, **fields: Any) -> Channel:
    return Channel(id_, f"channel {id_}", "webhook", url, body='{"text": "#NEZHA#"}', **fields)


@dataclass
class Scripted:
    """A sender that answers as `errors` says, by channel, and notes what it was asked to send."""

    errors: dict[int, str] = field(default_factory=dict)
    sent: list[tuple[int, str]] = field(default_factory=list)
    servers: list[Any] = field(default_factory=list)

    def send(self, channel: Channel, message: Message, at: int, zone: str, server: Any = None) -> str:
        self.sent.append((channel.id, message.title))
        self.servers.append(server)
        return self.errors.get(channel.id, "")


@dataclass
class Desk:
    """A store with ledgers, and the time."""

    store: MemoryStore
    now: float = NOW

    def clock(self) -> float:
        return self.now

    def deliver(self, sender: Any, *, quiet_until: int = 0, seconds: float = 35) -> Any:
        outbox = Outbox(self.store, sender, self.clock, seconds=seconds)
        states = PlainStates({1: state(now=NOW, CPU=95)})
        return outbox.deliver(self.store.alerts.ledgers(), self.store, states, quiet_until)

    @property
    def ledger(self) -> Ledger:
        return self.store.alerts.all_ledgers[3]

    def deliveries(self) -> list[tuple[int, str, bool, int, str]]:
        return [
            (one.channel_id, one.kind, one.delivered, one.tries, one.error)
            for record in records(self.ledger)
            for one in record.deliveries
        ]


def desk(ledger: Ledger, *channels: Channel) -> Desk:
    store = MemoryStore({id_: server(id_) for id_ in (1, 2, 3)}, settings=SITE)
    store.alerts.create_rule(ledger)
    for channel in channels or (hook(1, "http://one.example"), hook(2, "http://two.example")):
        store.alerts.create_channel(channel)
    return Desk(store)


def begun(**cpu: int) -> Ledger:
    return evaluated(Ledger(RULE), **(cpu or {"s1": 95}))


def test_a_webhook_and_a_mail_arrive_and_are_noted() -> None:
    with Receiver() as receiver, mail_server() as (mailbox, port):
        mail = Channel(2, "Mail", "apprise", f"mailto://127.0.0.1:{port}?from=a@b.example&to=c@d.example")
        at = desk(begun(), hook(1, f"{receiver.url}/hook"), mail)
        at.deliver(Sender(local=True))
        (request,) = receiver.requests
        ((_, to, text),) = mailbox.mails
    assert json.loads(request.body)["text"].splitlines() == [
        "[Incident] Busy: server-1",
        "server-1: CPU 95% > 90%, since 08:00 UTC",
        "https://status.example/server/1",
    ]
    assert to == ["c@d.example"]
    assert "[Incident] Busy: server-1" in str(text["Subject"])
    assert at.deliveries() == [(1, "began", True, 1, ""), (2, "began", True, 1, "")]
    assert at.ledger.notices == ()


def test_servers_of_one_evaluation_share_a_message_for_each_channel() -> None:
    sender, at = Scripted(), desk(begun(s1=95, s2=96, s3=97))
    at.deliver(sender)
    assert sorted(sender.sent) == [(1, "[Incident] Busy: 3 servers"), (2, "[Incident] Busy: 3 servers")]


def test_a_channel_that_asks_about_a_server_gets_a_message_for_each() -> None:
    url = "http://one.example/?n=#SERVER.NAME#"
    sender, at = Scripted(), desk(begun(s1=95, s2=96), hook(1, url), hook(2, "http://two.example"))
    at.deliver(sender)
    titles = [title for id_, title in sender.sent if id_ == 1]
    assert titles == ["[Incident] Busy: server-1", "[Incident] Busy: server-2"]
    asked = [one for (id_, _), one in zip(sender.sent, sender.servers, strict=True) if id_ == 1]
    assert [(one["SERVER.NAME"], one["SERVER.CPU"]) for one in asked] == [
        ("server-1", "95.000000"),
        ("server-2", "0.000000"),
    ]


def test_messages_for_each_server_go_on_where_the_time_was_over_or_one_failed() -> None:
    sender, at = Scripted(), desk(begun(s1=95, s2=96, s3=97), hook(1, "http://one.example/#SERVER.ID#"))
    at.store.alerts.all_ledgers[3] = replace(at.ledger, rule=replace(RULE, channels=(1,)))

    class Slow(Scripted):
        def send(self, *given: Any, **named: Any) -> str:
            at.now += 40
            return super().send(*given, **named)

    slow = Slow()
    at.deliver(slow)
    assert [title[-1] for id_, title in slow.sent if id_ == 1] == ["1"]
    assert at.ledger.notices[0].deliveries[1].tries == 0
    sender.errors = {1: "no answer in time"}
    at.deliver(sender)
    sender.errors = {}
    at.now += 60
    at.deliver(sender)
    assert [title[-1] for id_, title in sender.sent if id_ == 1] == ["2", "2", "3"]


def test_a_failure_is_tried_again_after_1_2_4_minutes_and_given_up_after_a_day() -> None:
    sender, at = Scripted({1: "HTTP status 500"}), desk(begun())
    tried = []
    while at.ledger.notices:
        before = len(sender.sent)
        at.deliver(sender)
        if len(sender.sent) > before:
            tried.append(int(at.now - NOW) // 60)
        at.now += 60
    assert tried[:8] == [0, 1, 3, 7, 15, 31, 63, 127]
    assert tried[-1] * 60 <= DELIVERY_TRIED_SECONDS
    assert [id_ for id_, _ in sender.sent].count(2) == 1
    assert at.deliveries()[0] == (1, "began", False, len(tried), "HTTP status 500")


def test_a_channel_that_never_answers_delays_no_other_and_is_cut() -> None:
    with Receiver(silence) as mute, Receiver() as receiver:
        at = desk(begun(), hook(1, mute.url), hook(2, receiver.url))
        started = time.monotonic()
        at.deliver(Sender(local=True, seconds=0.5))
        assert time.monotonic() - started < 20
        assert len(receiver.requests) == 1
    assert [(id_, delivered) for id_, _, delivered, _, _ in at.deliveries()] == [(1, False), (2, True)]


def test_the_first_failure_leaves_the_other_messages_of_its_channel_for_the_next_run() -> None:
    again = evaluated(begun(), NOW, 2, s1=95, s2=95)
    sender, at = Scripted({1: "down"}), desk(again)
    at.deliver(sender)
    assert [id_ for id_, _ in sender.sent].count(1) == 1
    assert [title for id_, title in sender.sent if id_ == 2] == [
        "[Incident] Busy: server-1",
        "[Incident] Busy: server-2",
    ]
    at.deliver(sender)
    assert [title for id_, title in sender.sent if id_ == 1] == ["[Incident] Busy: server-1"] * 2


def test_a_channel_that_comes_back_hears_of_the_begin_before_the_end() -> None:
    """However soon after a failed attempt the end is found."""
    sender, at = Scripted({1: "down"}), desk(begun())
    at.deliver(sender)
    ended = evaluated(at.ledger, NOW + 10, 2, s1=5)
    at.store.alerts.all_ledgers[3] = ended
    at.now, sender.errors = NOW + 10, {}
    at.deliver(sender)
    titles = ["[Incident] Busy: server-1", "[Resolved] Busy: server-1"]
    assert [title for id_, title in sender.sent if id_ == 1][1:] == titles
    assert at.ledger.notices == ()


def test_a_channel_that_was_down_for_hours_is_found_to_work_a_minute_after_the_next_event() -> None:
    sender, at = Scripted({1: "down"}), desk(begun())
    for seconds in (0, 60, 180, 420, 900, 1860, 3780):
        at.now = NOW + seconds
        at.deliver(sender)
    at.now += 600
    at.store.alerts.all_ledgers[3] = evaluated(at.ledger, int(at.now), 2, s1=95, s2=95)
    sender.sent.clear()
    for seconds in (0, 59):
        at.now += seconds
        at.deliver(sender)
        assert [title for id_, title in sender.sent if id_ == 1] == ["[Incident] Busy: server-1"]
    at.now, sender.errors = at.now + 1, {}
    at.deliver(sender)
    titles = ["[Incident] Busy: server-1", "[Incident] Busy: server-2"]
    assert [title for id_, title in sender.sent if id_ == 1][1:] == titles


def test_what_another_process_has_begun_meanwhile_stays_its_own() -> None:
    at = desk(begun())
    at.deliver(Scripted({1: "down"}))
    at.now = NOW + 10
    at.store.alerts.all_ledgers[3] = evaluated(at.ledger, NOW + 10, 2, s1=95, s2=95)

    class Overtaken(Scripted):
        def send(self, channel: Channel, *given: Any, **named: Any) -> str:
            if channel.id == 1:
                newer = at.ledger.notices[-1]
                leased = notices.begun(newer.deliveries[1], int(at.now))
                at.store.alerts.save(at.ledger, with_delivery(at.ledger, newer.id, 1, leased))
            return super().send(channel, *given, **named)

    at.deliver(Overtaken({1: "down"}))
    delivery = at.ledger.notices[-1].deliveries[1]
    assert (delivery.tries, delivery.error, delivery.due) == (1, "", NOW + 10 + LEASE_SECONDS)


def test_what_a_deleted_channel_is_owed_is_given_up() -> None:
    sender, at = Scripted(), desk(begun(), hook(2, "http://two.example"))
    at.deliver(sender)
    assert at.deliveries() == [(1, "began", False, 0, "the channel was deleted"), (2, "began", True, 1, "")]


def test_nothing_is_sent_in_quiet_hours_and_one_summary_afterwards() -> None:
    quiet = evaluated(Ledger(RULE), NOW, 1, NOW + 600, s1=95, s2=5)
    quiet = evaluated(quiet, NOW + 60, 2, NOW + 600, s1=5, s2=95)
    sender, at = Scripted(), desk(quiet)
    at.deliver(sender, quiet_until=NOW + 600)
    assert sender.sent == []
    at.now = NOW + 600
    at.deliver(sender)
    assert sorted(sender.sent) == [(1, "[Summary] 2 events in quiet hours"), (2, "[Summary] 2 events in quiet hours")]
    assert at.ledger.notices == ()


def test_quiet_hours_that_are_taken_back_end_at_once() -> None:
    sender, at = Scripted({1: "down"}), desk(evaluated(Ledger(RULE), NOW, 1, NOW + 36_000, s1=95, s2=5))
    at.now = NOW + 60
    at.deliver(sender)
    assert sorted(id_ for id_, _ in sender.sent) == [1, 2]
    at.deliver(sender)
    assert len(sender.sent) == 2, "one failed, and waits for its next attempt"
    at.now += 60
    at.deliver(sender)
    assert [id_ for id_, _ in sender.sent[2:]] == [1]


def test_a_retry_waits_for_the_end_of_quiet_hours() -> None:
    sender, at = Scripted({1: "down"}), desk(begun())
    at.deliver(sender)
    at.now += 3600
    at.deliver(sender, quiet_until=int(at.now) + 60)
    assert len(sender.sent) == 2


def test_what_a_process_leased_and_left_is_tried_again_by_another() -> None:
    class Dying(Scripted):
        def send(self, channel: Channel, *given: Any, **named: Any) -> str:
            raise SystemExit(1)

    at = desk(begun())
    with pytest.raises(SystemExit):
        at.deliver(Dying())
    sender = Scripted()
    at.deliver(sender)
    assert sender.sent == []
    at.now += LEASE_SECONDS
    at.deliver(sender)
    assert sorted(id_ for id_, _ in sender.sent) == [1, 2]


def test_eight_processes_at_once_send_each_message_once() -> None:
    sender, at = Scripted(), desk(begun(s1=95, s2=95, s3=95))
    lock = threading.Lock()
    save = at.store.alerts.save

    def one_at_a_time(old: Ledger, new: Ledger) -> Ledger:
        with lock:
            return save(old, new)

    at.store.alerts.save = one_at_a_time  # type: ignore[method-assign]
    threads = [threading.Thread(target=at.deliver, args=(sender,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(id_ for id_, _ in sender.sent) == [1, 2]


def test_a_message_about_a_server_that_was_deleted_knows_its_name() -> None:
    sender, at = Scripted(), desk(begun(), hook(1, "http://one.example/?n=#SERVER.NAME#"))
    del at.store.all_servers[1]
    at.deliver(sender)
    assert sender.servers[0]["SERVER.NAME"] == "server-1"
