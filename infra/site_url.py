"""Stores a stage's own URL, so that its messages have links before anybody signs in.

The edge's URL is known only once the edge exists. The functions cannot get it in their environment, because the edge
depends on them. So it is stored as a setting, after the deployment. A URL that people have set is not changed.
"""

import sys
from collections.abc import Mapping

from chalicelib.config import ConfigError
from chalicelib.fleet import settings
from chalicelib.fleet.errors import FleetError
from chalicelib.storage import DynamoStore
from chalicelib.storage.failures import CallRefused
from infra.stage import Stage
from ops.stage import open_store


def url_of(outputs: Mapping[str, str] | None) -> str:
    """The dashboard's URL in these outputs; "" if there are none."""
    found = outputs or {}
    return found.get("DashboardURL", found.get("EndpointURL", "")).rstrip("/")


def store_url(stage: Stage, url: str, before: str) -> None:
    """before: the previous URL, "" for none. A failure is only a warning, because the first sign-in also sets the
    URL.
    """
    _change(stage, ("", before), url)


def forget_url(stage: Stage, url: str) -> None:
    """Removes the URL of an application that is removed, because a new one will have another URL."""
    if url:
        _change(stage, (url,), "")


def _change(stage: Stage, old: tuple[str, ...], url: str) -> None:
    try:
        store: DynamoStore = open_store(stage.name)
        stored = store.view().settings.site_url
        if stored in old and stored != url:
            settings.edit(store, {"site_url": url})
    except (ConfigError, FleetError, CallRefused) as error:
        sys.stderr.write(f"warning: the site's URL was not stored; set it on the settings page: {error}\n")
