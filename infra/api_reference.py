"""`python infra/api_reference.py`: writes docs/api.md from the description that the application serves.

`--check` writes nothing, and fails when docs/api.md is not what this would write.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from chalicelib.api.description import DOCUMENT  # noqa: E402
from chalicelib.fleet.errors import NAMES  # noqa: E402

REFERENCE = PROJECT / "docs" / "api.md"

Schema = Mapping[str, Any]
Lines = Iterator[str]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when the file is not current")
    written = "\n".join(reference(DOCUMENT)) + "\n"
    if not parser.parse_args().check:
        REFERENCE.write_text(written, "utf-8")
    elif REFERENCE.read_text("utf-8") != written:
        sys.stderr.write("docs/api.md is out of date; run: make reference\n")
        return 1
    return 0


def reference(document: Mapping[str, Any]) -> Lines:
    """The page's lines."""
    yield "# API reference"
    yield ""
    yield "Made by `make reference` from the OpenAPI 3.1 description that every dashboard serves at `/openapi.json`."
    yield "Give that URL to an API explorer or a generator of clients."
    yield ""
    yield document["info"]["description"]
    yield ""
    yield "## Credentials"
    yield ""
    for name, scheme in document["components"]["securitySchemes"].items():
        yield f"- **{name}**: {scheme['in']} `{scheme['name']}`. {scheme['description']}"
    for tag in document["tags"]:
        yield ""
        yield f"## {tag['description'].removesuffix('.')}"
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                if tag["name"] in operation["tags"]:
                    yield from _operation(f"{method.upper()} {path}", operation)
    yield ""
    yield "## Errors"
    yield ""
    yield "| status | |"
    yield "|---|---|"
    for status, response in document["components"]["responses"].items():
        retry = " `Retry-After` tells when to try again." if "headers" in response else ""
        yield f"| {status} | {response['description']}{retry} |"
    yield ""
    yield "### Error names"
    yield ""
    yield "| name | meaning |"
    yield "|---|---|"
    for name, meaning in NAMES.items():
        yield f"| `{name}` | {meaning} |"
    yield ""
    yield "## Objects"
    for name, schema in document["components"]["schemas"].items():
        yield from _object(name, schema)


def _operation(route: str, operation: Mapping[str, Any]) -> Lines:
    yield ""
    yield f"### {route}"
    yield ""
    yield f"{operation['summary']}. {_authentication(operation['security'])}"
    if "description" in operation:
        yield operation["description"]
    yield ""
    for parameter in operation.get("parameters", ()):
        yield f"- {parameter['in']} `{parameter['name']}`: {parameter['description']}"
    if "requestBody" in operation:
        body = operation["requestBody"]
        (content,) = body["content"].values()
        optional = "" if body["required"] else ", or nothing"
        yield f"- body: {_type(content['schema'])}{optional}"
    for status, response in operation["responses"].items():
        if "$ref" not in response:
            yield f"- {status}: {response['description']}"
            for media_type, content in response["content"].items():
                yield f"    - {media_type.partition(';')[0]}: {_type(_result(content['schema']))}"
    refusals = [status for status, response in operation["responses"].items() if "$ref" in response]
    if refusals:
        yield f"- errors: {', '.join(refusals)}"


def _authentication(security: Iterable[Mapping[str, Any]]) -> str:
    accepted = [" and ".join(_credential(*each) for each in one.items()) for one in security if one]
    if not accepted:
        return "No authentication."
    verb = "Accepts" if {} in security else "Requires"
    return f"{verb} {' or '.join(accepted)}."


def _credential(name: str, scopes: list[str]) -> str:
    return f"a {name}" + (f" with the `{'`, `'.join(scopes)}` scope" if scopes else "")


def _result(schema: Schema) -> Schema:
    """What is inside v0's envelope."""
    inside: Schema = schema.get("properties", {}).get("result", schema)
    return inside


def _object(name: str, schema: Schema) -> Lines:
    yield ""
    yield f"### {name}"
    yield ""
    if "description" in schema:
        yield schema["description"]
        yield ""
    for variant in schema.get("oneOf", [schema]):
        if "properties" not in variant:
            yield f"{_type(variant)}, {_bounds(variant)}" if _bounds(variant) else _type(variant)
            continue
        if "description" in variant and variant is not schema:
            yield f"{variant['description']}:"
            yield ""
        yield "| field | type | |"
        yield "|---|---|---|"
        for field, value in variant["properties"].items():
            optional = "required" in variant and field not in variant["required"]
            said = "; ".join(
                filter(None, ["optional" if optional else "", value.get("description", ""), _bounds(value)])
            )
            yield f"| `{field}` | {_type(value)} | {said} |"
        yield ""
    for example in schema.get("examples", ()):
        yield f"For example `{_json(example)}`"


def _type(schema: Schema) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "oneOf" in schema:
        return " or ".join(map(_type, schema["oneOf"]))
    if "const" in schema:
        return f"`{_json(schema['const'])}`"
    if "enum" in schema:
        return " or ".join(f"`{_json(choice)}`" for choice in schema["enum"])
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return " or ".join(_kind(kind, schema) for kind in kinds)


def _kind(kind: str, schema: Schema) -> str:
    if kind == "array":
        return f"list of {_type(schema['items'])}"
    if kind == "object" and "properties" in schema:
        inside = ", ".join(f"`{name}`: {_type(value)}" for name, value in schema["properties"].items())
        return "{" + inside + "}"
    return kind


def _bounds(schema: Schema) -> str:
    least, most = schema.get("minimum"), schema.get("maximum")
    said = []
    if least is not None and most is not None:
        said.append(f"{least} to {most}")
    elif least is not None:
        said.append(f"at least {least}")
    elif most is not None:
        said.append(f"at most {most}")
    if "minLength" in schema:
        said.append(f"{schema['minLength']} to {schema['maxLength']} characters")
    elif "maxLength" in schema:
        said.append(f"at most {schema['maxLength']} characters")
    if "maxItems" in schema:
        said.append(f"at most {schema['maxItems']} entries")
    if "pattern" in schema:
        said.append(f"`{schema['pattern']}`")
    if "default" in schema:
        said.append(f"default `{_json(schema['default'])}`")
    return ", ".join(said)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    sys.exit(main())
