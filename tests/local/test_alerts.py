"""A rule, a channel and a server that gets busy, on the running system."""

import json

from tests.delivery.receiver import Receiver
from tests.local.running import started, wait_until


def test_an_event_is_told_when_it_begins_and_when_it_ends() -> None:
    with (
        Receiver() as receiver,
        started("--no-report", "--no-relay", "--data", "memory", "--evaluate-every", "1") as system,
    ):
        session = system.sign_in()
        channel = {"name": "Hook", "kind": "webhook", "url": f"{receiver.url}/hook", "body": '{"text": "#NEZHA#"}'}
        channel_id = system.manage("POST", "/api/channel", session, channel)["id"]
        rule = {"name": "Busy", "conditions": [{"type": "cpu", "above": 90}], "duration": 0, "channels": [channel_id]}
        system.manage("POST", "/api/rule", session, rule)
        secret = system.register(Name="web-1")

        def told(cpu: int, messages: int) -> bool:
            system.http.report({"state": {"CPU": cpu}}, credential=secret)
            return len(receiver.requests) == messages

        assert wait_until(lambda: told(95, 1))
        (event,) = system.manage("GET", "/api/event?open=1", session)
        assert (event["server"], event["value"]) == ("web-1", 95.0)
        assert wait_until(lambda: told(5, 2))
        assert [json.loads(request.body)["text"].splitlines()[0] for request in receiver.requests] == [
            "[Incident] Busy: web-1",
            "[Resolved] Busy: web-1",
        ]
        wait_until(lambda: system.manage("GET", "/api/event", session)[0]["deliveries"][-1]["delivered"])
        (event,) = system.manage("GET", "/api/event", session)
        assert (event["reason"], [one["kind"] for one in event["deliveries"]]) == ("recovered", ["began", "ended"])
