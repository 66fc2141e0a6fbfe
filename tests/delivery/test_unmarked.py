"""Names in messages: what each kind of service could take for markup or a mention."""

import pytest

from chalicelib.delivery import unmarked as module
from chalicelib.delivery.unmarked import unmarked
from chalicelib.fleet.alerts.services import SERVICES

ORDINARY = "[Incident] Disk: web_1, web-2.example\nweb_1: disk 95% > 90%\nhttps://status.example/server/1"


@pytest.mark.parametrize("scheme", ["zulip", "whatsapp", "rocket", "json", "tgram", "ntfy", "pover"])
def test_ordinary_texts_stay_as_they_are(scheme: str) -> None:
    assert unmarked(scheme, ORDINARY) == ORDINARY


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("*b* **b** ***b***", "∗b∗ ∗∗b∗∗ ∗∗∗b∗∗∗"),
        ("_i_ __b__ a_b", "＿i＿ ＿＿b＿＿ a_b"),
        ("~s~ ~~s~~ `c` ```c```", "∼s∼ ∼∼s∼∼ ˋcˋ ˋˋˋcˋˋˋ"),
        (
            "[l](http://e.example) [l][1]\n[1]: http://e.example",
            "[l] (http://e.example) [l] [1]\n[1] : http://e.example",
        ),
        ("<http://e.example|l> <at user_id='all'>", "‹http://e.example|l> ‹at user_id='all'>"),
        ("> quote\n# heading\n  > more", "› quote\n＃ heading\n  › more"),
        ("[CQ:at,qq=all]", "［CQ:at,qq=all]"),
        ("@all @**all**", "@\u200ball @\u200b∗∗all∗∗"),
    ],
)
def test_markup_is_text(text: str, shown: str) -> None:
    assert unmarked("zulip", text) == shown


def test_backslashes_where_markdown_has_them() -> None:
    assert unmarked("revolt", "*b* [l](u) \\") == "\\*b\\* \\[l\\]\\(u\\) \\\\"


def test_every_service_that_is_named_exists() -> None:
    named = module._PLAIN | module._WITH_BACKSLASHES | module._WITHOUT_ESCAPES
    assert named <= {service.partition(":")[0] for service in SERVICES.values()}
