"""`settings list|edit`: the same settings as on the settings page."""

import argparse
from base64 import b64encode
from dataclasses import fields
from pathlib import Path
from typing import Any

from chalicelib.fleet import settings
from chalicelib.fleet.settings import Settings
from chalicelib.storage import DynamoStore
from ops import quiet
from ops.output import show

_DEFAULTS: dict[str, Any] = {one.name: one.default for one in fields(Settings)}
_WORDS = {"on": True, "off": False}


def add_to(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    verbs = nouns.add_parser("settings", help="the site's settings").add_subparsers(required=True, metavar="VERB")
    listing = verbs.add_parser("list", help="list all settings; 0 means that the deployment's value applies")
    listing.add_argument("--json", action="store_true")
    listing.set_defaults(run=list_settings)
    edit = verbs.add_parser("edit", help=f"change settings: {', '.join(_DEFAULTS)}")
    edit.add_argument(
        "change",
        nargs="+",
        type=_change,
        metavar="NAME=VALUE",
        help="on or off for switches; logo=@FILE for a PNG or SVG picture, css=@FILE for a style sheet; "
        f"quiet='{quiet.EXAMPLE}', or quiet='' for none",
    )
    edit.set_defaults(run=edit_settings)


def list_settings(store: DynamoStore, options: argparse.Namespace) -> None:
    stored = store.view().settings
    shown = {name: getattr(stored, name) for name in _DEFAULTS} | {"quiet": quiet.text_of(stored.quiet)}
    show([{"name": name, "value": value} for name, value in shown.items()], as_json=options.json)


def edit_settings(store: DynamoStore, options: argparse.Namespace) -> None:
    settings.edit(store, dict(options.change))


def _change(text: str) -> tuple[str, Any]:
    name, _, value = text.partition("=")
    default = _DEFAULTS.get(name)
    if name == "quiet":
        return name, quiet.windows_in(value)
    if name in ("logo", "css") and value.startswith("@"):
        return name, _content(name, Path(value[1:]))
    if default is None:
        raise argparse.ArgumentTypeError(f"{text!r} names no setting; use one of {', '.join(_DEFAULTS)}")
    if isinstance(default, bool):
        if value not in _WORDS:
            raise argparse.ArgumentTypeError(f"{text!r} is neither on nor off; use {name}=on or {name}=off")
        return name, _WORDS[value]
    if isinstance(default, int):
        if not value.isascii() or not value.isdigit():
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number; use for example {name}=300")
        return name, int(value)
    return name, value


def _content(name: str, file: Path) -> str:
    """The file's content: a style sheet as it is, a logo as a data URL."""
    try:
        content = file.read_bytes()
        if name == "css":
            return content.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise argparse.ArgumentTypeError(f"cannot read {file} ({error})") from None
    kind = "png" if content.startswith(b"\x89PNG") else "svg+xml"
    return f"data:image/{kind};base64,{b64encode(content).decode()}"
