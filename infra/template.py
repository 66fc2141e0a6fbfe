"""The stacks' templates. The application's is in infra/application, one file for each concern; Chalice merges it."""

from pathlib import Path
from typing import Any

# Chalice's own reader and merger, so that files are merged here as Chalice merges the result.
from chalice.package import TemplateDeepMerger, YAMLTemplateSerializer

FOLDER = Path(__file__).resolve().parent / "application"
DATA = FOLDER.parent / "data.yaml"
BUDGET = FOLDER.parent / "budget.yaml"
ACCOUNT = FOLDER.parent / "account.yaml"

Template = dict[str, Any]


def application() -> Template:
    """Returns all files as one template, without what Chalice adds."""
    merged: Template = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        merged = TemplateDeepMerger().merge(read(path), merged)
    edge = merged["Resources"]["EdgeFunction"]["Properties"]
    edge["FunctionCode"] = (FOLDER / edge["FunctionCode"]).read_text()
    return merged


def read(path: Path) -> Template:
    template: Template = YAMLTemplateSerializer().load_template(path.read_text(), str(path))
    return template
