"""Reading the fields of a body by its schema, beside a complete validator of JSON Schema."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator

from chalicelib.api.body_fields import read_fields
from chalicelib.api.routes import ROUTES
from chalicelib.api.schemas.bodies import BODIES
from chalicelib.fleet.errors import InvalidInput

READ = sorted({route.operation.body for route in ROUTES if route.operation.body} - {"Reports"})
"""The schemas that bodies are read by; reports have a reader of their own."""

KNOWN = {"type", "properties", "required", "items", "enum", "default", "description", "examples"} | {
    *("minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems", "additionalProperties")
}

THING = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 2, "maxLength": 5},
        "kind": {"type": ["string", "null"], "enum": ["a", "b", None], "default": "a"},
        "count": {"type": ["integer", "null"], "minimum": 1, "maximum": 9},
        "least": {"type": "integer", "minimum": 0},
        "step": {"type": "integer", "enum": [1, 5]},
        "on": {"type": "boolean"},
        "ids": {"type": "array", "items": {"type": "integer", "minimum": 1}, "minItems": 1, "maxItems": 2},
        "parts": {
            "type": "array",
            "items": {"type": "object", "properties": {"of": {"type": "string"}}, "required": ["of"]},
        },
        "inner": {"type": "object", "properties": {"deep": {"type": "boolean"}}},
        "names": {"type": "object", "additionalProperties": {"type": "string", "maxLength": 3}},
        "above": {"type": "number", "minimum": -1, "maximum": 10},
    },
    "required": ["name"],
}


@pytest.mark.parametrize("name", READ)
def test_every_keyword_of_a_body_is_one_that_the_reader_knows(name: Any) -> None:
    def keywords(schema: Any) -> Iterator[Any]:
        yield from schema
        single = [schema[name] for name in ("items", "additionalProperties") if name in schema]
        for inner in [*schema.get("properties", {}).values(), *single]:
            yield from keywords(inner)

    assert set(keywords(BODIES[name])) <= KNOWN


def test_fields_are_read_in_v0s_tolerance() -> None:
    given_ = {
        "NAME": "one",
        "Count": 5.0,
        "kind": None,
        "unknown": [],
        "Parts": [{"OF": "x"}],
        "inner": {"Deep": True},
        "Names": {"A": "b"},
    }
    read = read_fields(given_, THING)
    assert read == {
        "name": "one",
        "count": 5,
        "kind": "a",
        "parts": [{"of": "x"}],
        "inner": {"deep": True},
        "names": {"A": "b"},
    }
    assert type(read["count"]) is int


@pytest.mark.parametrize(
    ("fields", "error", "field", "limit"),
    [
        ({}, "required", "name", None),
        ({"name": None}, "required", "name", None),
        ({"name": 5}, "not_a_string", "name", None),
        ({"name": "x"}, "too_short", "name", 2),
        ({"name": "x" * 6}, "too_long", "name", 5),
        ({"name": "one", "kind": "c"}, "not_a_choice", "kind", None),
        ({"name": "one", "count": 0}, "too_small", "count", 1),
        ({"name": "one", "count": 10}, "too_large", "count", 9),
        ({"name": "one", "count": 1.5}, "not_a_whole_number", "count", None),
        ({"name": "one", "count": True}, "not_a_whole_number", "count", None),
        ({"name": "one", "least": None}, "required", "least", None),
        ({"name": "one", "least": -1}, "too_small", "least", 0),
        ({"name": "one", "names": []}, "not_an_object", "", None),
        ({"name": "one", "names": {"a": 1}}, "not_a_string", "names.a", None),
        ({"name": "one", "names": {"a": "long"}}, "too_long", "names.a", 3),
        ({"name": "one", "above": "1"}, "not_a_number", "above", None),
        ({"name": "one", "above": -1.5}, "too_small", "above", -1),
        ({"name": "one", "above": 11}, "too_large", "above", 10),
        ({"name": "one", "above": True}, "not_a_number", "above", None),
        ({"name": "one", "above": float("inf")}, "not_a_number", "above", None),
        ({"name": "one", "step": 2}, "not_a_choice", "step", None),
        ({"name": "one", "on": 1}, "not_a_boolean", "on", None),
        ({"name": "one", "ids": 1}, "not_a_list", "ids", None),
        ({"name": "one", "ids": []}, "required", "ids", None),
        ({"name": "one", "ids": ["1"]}, "not_a_list_of_whole_numbers", "ids", None),
        ({"name": "one", "ids": [0]}, "too_small", "ids", 1),
        ({"name": "one", "ids": [1, 2, 3]}, "too_many_entries", "ids", 2),
        ({"name": "one", "parts": ["x"]}, "not_an_object", "", None),
        ({"name": "one", "parts": [{"of": "x"}, {}]}, "required", "parts[1].of", None),
        ({"name": "one", "inner": {"deep": 0}}, "not_a_boolean", "inner.deep", None),
        ([], "not_an_object", "", None),
        (None, "not_an_object", "", None),
    ],
)
def test_error_names_what_is_wrong_and_where(
    fields: dict[str, Any] | list[Any] | None, error: str, field: str, limit: int | None
) -> None:
    with pytest.raises(InvalidInput) as raised:
        read_fields(fields, THING)
    assert (raised.value.error, raised.value.field, raised.value.limit) == (error, field, limit)
    assert field in raised.value.message


scalars = st.none() | st.booleans() | st.integers(-10, 10**10) | st.floats(allow_nan=False) | st.text(max_size=200)
values = st.one_of(
    scalars,
    st.sampled_from(["icmp", "tcp", "all", "only", "read", "register", "en", "zh", "on", "", "x" * 128, "x" * 1025]),
    st.lists(scalars | st.sampled_from(["read", "register"]), max_size=4),
    st.dictionaries(st.text(max_size=3), scalars, max_size=2),
)


@pytest.mark.parametrize("name", READ)
@given(st.data())
def test_a_body_is_accepted_exactly_if_the_schema_allows_it(name: Any, data: Any) -> None:
    schema = BODIES[name]
    fields = data.draw(st.dictionaries(st.sampled_from([*schema["properties"], "unknown"]), values, max_size=6))
    as_sent = {data.draw(st.sampled_from([field, field.upper()])): value for field, value in fields.items()}
    is_valid = Draft202012Validator(dict(schema)).is_valid(fields)
    try:
        read = read_fields(json.loads(json.dumps(as_sent)), schema)
    except InvalidInput:
        read = None
    assert (read is not None) == is_valid
    if read is not None:
        sent = known(fields, schema)
        defaults = {field for field, one in schema["properties"].items() if "default" in one}
        assert read.items() >= sent.items()
        assert read.keys() == sent.keys() | defaults


def known(fields: Mapping[str, Any], schema: Any) -> dict[str, Any]:
    """The sent fields that the schema knows, without nulls, which count as absent."""
    properties = schema.get("properties")
    if properties is None:
        return dict(fields)
    return {
        field: known(value, properties[field]) if isinstance(value, dict) else value
        for field, value in fields.items()
        if value is not None and field in properties
    }
