"""What Chalice's template is merged with: the files in infra/application, one a concern."""

from pathlib import Path
from typing import Any

# Chalice's own reader and merger, so that what is merged here is as what it merges.
from chalice.package import TemplateDeepMerger, YAMLTemplateSerializer

FOLDER = Path(__file__).resolve().parent / "application"
DATA = FOLDER.parent / "data.yaml"
ACCOUNT = FOLDER.parent / "account.yaml"

Template = dict[str, Any]


def application() -> Template:
    """All files as one template, without what Chalice adds."""
    merged: Template = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        merged = TemplateDeepMerger().merge(read(path), merged)
    edge = merged["Resources"]["EdgeFunction"]["Properties"]
    edge["FunctionCode"] = (FOLDER / edge["FunctionCode"]).read_text()
    return merged


def read(path: Path) -> Template:
    template: Template = YAMLTemplateSerializer().load_template(path.read_text(), str(path))
    return template
