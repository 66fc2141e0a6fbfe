"""What the pages say: complete in every language, and in the reader's."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from chalicelib.fleet.alerts.words import LABELS
from tests.browser.browser import Browser
from tests.support.dashboard import Dashboard

PAGES = Path(__file__).resolve().parents[2] / "chalicelib" / "pages"
PLURALS = {
    "en": {"one", "other"},
    "zh": {"other"},
    "zh_tw": {"other"},
    "ru": {"one", "few", "many", "other"},
    "de": {"one", "other"},
}
"""The plural forms of each language, by the Unicode CLDR."""

ALIKE = {
    "zh": {"condition_cpu", "condition_gpu", "cpu", "id", "ms", "perSecond", "percent", "serviceWebhook", "units"},
    "zh_tw": {"condition_cpu", "condition_gpu", "cpu", "id", "ms", "perSecond", "percent", "serviceWebhook", "units"},
    "ru": {"channelUrl", "conditionLimit", "condition_gpu", "gpu", "id", "ruleSentenceAtOnce", "udpOf"},
    "de": {
        "amountIn",
        "areOffline",
        "channelUrl",
        "conditionLimit",
        "condition_cpu",
        "condition_gpu",
        "condition_offline",
        "cpu",
        "gpu",
        "id",
        "live",
        "logo",
        "monitor",
        "ms",
        "name",
        "offline",
        "offlineCount",
        "online",
        "order",
        "perSecond",
        "ruleSentenceAtOnce",
        "seconds",
        "server",
        "serviceWebhook",
        "show",
        "stateOffline",
        "stateOnline",
        "swap",
        "system",
        "themeAuto",
        "token",
        "typeIcmp",
        "udpOf",
        "unitMs",
        "units",
    },
}
"""Texts that are the same in English and in another language: names and abbreviations."""


AREAS = ("pages", "errors", "admin", "alerts")
"""The files of a language; the last two are for the admin pages alone."""


def texts(language: str, areas: Iterable[str] = AREAS) -> dict[str, Any]:
    sources = [(PAGES / "text" / language / f"{area}.js").read_text("utf-8") for area in areas]
    return {
        key: text
        for source in sources
        for key, text in json.loads(source[source.index("= {") + 2 : source.rindex("}") + 1]).items()
    }


def forms(text: Any) -> Any:
    return text if isinstance(text, dict) else {"": text}


def placeholders(text: Any) -> set[Any]:
    return {name for form in forms(text).values() for name in re.findall(r"\{(\w+)\}", form)}


def test_every_language_file_is_checked_here() -> None:
    files = {path.relative_to(PAGES / "text").with_suffix("").as_posix() for path in (PAGES / "text").glob("*/*.js")}
    assert files == {f"{language}/{area}" for language in PLURALS for area in AREAS}


@pytest.mark.parametrize("language", PLURALS)
def test_language_is_complete(language: str) -> None:
    english, own = texts("en"), texts(language)
    files = [(PAGES / "text" / language / f"{area}.js").read_text("utf-8") for area in AREAS]
    assert re.findall(r'^  "(\w+)":', "\n".join(files), re.M) == list(own), "a text stands there twice"
    assert [list(texts(language, [area])) for area in AREAS] == [list(texts("en", [area])) for area in AREAS]
    assert {key for key in own if placeholders(own[key]) != placeholders(english[key])} == set()
    plural = {key for key in own if isinstance(english[key], dict)}
    assert {key for key in own if isinstance(own[key], dict)} == plural
    assert {key: set(own[key]) for key in plural} == dict.fromkeys(plural, PLURALS[language])
    assert all(form.strip() == form != "" for text in own.values() for form in forms(text).values())


@pytest.mark.parametrize("language", ALIKE)
def test_nothing_is_left_in_english(language: str) -> None:
    english, own = texts("en"), texts(language)
    same = {key for key in own if set(forms(own[key]).values()) & set(forms(english[key]).values())}
    assert same == ALIKE[language]


@pytest.mark.parametrize("language", LABELS)
def test_messages_call_each_condition_what_the_pages_call_it(language: str) -> None:
    own = texts(language.lower().replace("-", "_"))
    assert {type_: own[f"condition_{type_}"] for type_ in LABELS[language]} == LABELS[language]


USED = re.compile(r"\bt\(\s*\"(\w+)\"")


def test_pages_without_sign_in_use_no_text_of_the_admin_pages() -> None:
    scripts = [path for path in PAGES.rglob("*.js") if path.name != "admin.js" and path.parent.name != "admin"]
    source = "\n".join(path.read_text("utf-8") for path in scripts)
    assert set(USED.findall(source)) <= set(texts("en", ["pages", "errors"]))


def test_every_text_is_used_and_every_used_text_is_there() -> None:
    scripts = [path for path in PAGES.rglob("*.js") if not {"vendor", *PLURALS} & set(path.parts)]
    source = "\n".join(path.read_text("utf-8") for path in scripts)
    assert USED.findall(source)
    assert set(USED.findall(source)) <= set(texts("en"))
    words = set(re.findall(r"[\"'](\w+)[\"']|\b(\w+):", source))
    named = {name for pair in words for name in pair}
    assert {key for key in texts("en") if key not in named and not key.startswith("error_")} == set()


def test_page_speaks_the_browsers_language(browser: Browser) -> None:
    for accepted, lang, words in (
        ("zh-CN,zh,en", "zh-CN", "登录"),
        ("fr-FR,zh-CN", "zh-CN", "登录"),
        ("en-GB,zh-CN", "en", "Sign in"),
        ("zh-TW", "zh-TW", "登入"),
        ("zh-Hant-HK,en", "zh-TW", "登入"),
        ("zh-Hans-CN", "zh-CN", "登录"),
        ("ru-RU,en", "ru", "Войти"),
        ("de-AT,en", "de", "Anmelden"),
        ("fr-FR", "en", "Sign in"),
    ):
        browser.languages(accepted)
        browser.open("/login")
        browser.sees(words)
        assert browser.run("return document.documentElement.lang") == lang, accepted


def test_chosen_language_is_spoken_at_once_and_by_other_pages(browser: Browser, dashboard: Dashboard) -> None:
    dashboard.server("one")
    browser.open("/")
    browser.finds('.row .dot[aria-label="never reported"]')
    browser.element(".language select").send_keys("简")
    browser.finds('.row .dot[aria-label="从未上报"]')
    browser.open("/login")
    browser.sees("密码")
    assert browser.run("return document.documentElement.lang") == "zh-CN"


REFUSED = """
    const real = window.fetch;
    const refusal = {code: 403, message: "Not from here.", error: "cross_site"};
    window.fetch = async (url, options) =>
        options?.method === "POST" ? new Response(JSON.stringify(refusal), {status: 403}) : real(url, options);
"""


def test_password_is_called_wrong_only_when_it_is(browser: Browser) -> None:
    browser.open("/login")
    browser.until("return document.activeElement.id === 'password'")
    browser.run(REFUSED)
    browser.keys("a password", "\ue007")
    browser.sees("reverse proxy")
    assert "Incorrect password" not in browser.text()
