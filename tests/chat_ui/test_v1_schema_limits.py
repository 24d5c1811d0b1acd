"""Schemas are bounded before the model server compiles them; the largest allowed ones are cheap for llama.cpp."""

import time
from typing import Any

import pytest
from chat_ui.errors import RequestTooComplex
from chat_ui.services.openai import patterns, schema_limits
from chat_ui.services.openai.patterns import check_pattern
from chat_ui.services.openai.schema_limits import check_schemas
from hypothesis import given
from hypothesis import strategies as st

from tests.support.drivers.chat_ui import FakeWorld, World
from tests.support.drivers.program import Program, with_key

Json = dict[str, Any]
SECONDS = 2.0
"""For a whole answer of eight tokens; most of it is the machine's other work."""


def deep(levels: int) -> Json:
    schema: Json = {"type": "string"}
    for _ in range(levels):
        schema = {"type": "object", "properties": {"a": schema}, "required": ["a"]}
    return schema


def nested(levels: int) -> Json:
    schema: Json = {"type": "string"}
    for _ in range(levels):
        schema = {"items": schema}
    return schema


def optional(count: int) -> Json:
    return {"type": "object", "properties": {f"property{number}": {"type": "string"} for number in range(count)}}


def required(count: int) -> Json:
    return optional(count) | {"required": [f"property{number}" for number in range(count)]}


def branches(count: int, union: str = "anyOf") -> Json:
    return {
        union: [
            {"type": "object", "properties": {f"p{n}": {"type": "string"}}, "required": [f"p{n}"]} for n in range(count)
        ]
    }


def patterned(pattern: str) -> Json:
    return {"type": "string", "pattern": pattern}


TOO_LARGE: dict[str, Json] = {
    "36,000 numbers": {"enum": list(range(36_000))},
    "2,000 optional properties": optional(2_000),
    "one value too many": {"enum": list(range(schema_limits.MAX_ALTERNATIVES + 1))},
    "one branch too many": branches(schema_limits.MAX_ALTERNATIVES + 1),
    "oneOf": branches(1_000, "oneOf"),
    "types": {"type": ["string"] * 1_000},
    "enums in many places": {"properties": {f"p{n}": {"enum": list(range(50))} for n in range(10)}},
    "one optional property too many": optional(schema_limits.MAX_OPTIONAL + 1),
    "one property too many": required(schema_limits.MAX_PROPERTIES + 1),
    "definitions": {"$defs": {f"d{n}": {} for n in range(1_000)}},
    "levels": nested(40),
    "lists in lists": {"enum": [[[[]]] * 3_000]},
    "long names": {"enum": ["x" * 20_000]},
    "unknown keywords": {"x-unknown": [{"a": 1}] * 3_000},
    "repeated items": {"type": "array", "items": {}, "maxItems": 1_001},
    "least items": {"type": "array", "items": {}, "minItems": 10**9},
    "negative": {"type": "array", "items": {}, "minItems": -1},
    "half an item": {"type": "array", "items": {}, "maxItems": 1.5},
    "length": {"type": "string", "maxLength": 10**6},
    "not a number": {"type": "string", "maxLength": "1"},
    "large number": {"type": "integer", "maximum": 10**400},
    "a long pattern": patterned("a" * 300),
    "no pattern": {"pattern": ["a"]},
    "a loop": {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"allOf": [{"$ref": "#/$defs/a"}]}}},
    "itself": {"allOf": [{"$ref": "#"}]},
    "anywhere": {"$ref": "#/$defs/none"},
    "elsewhere": {"$ref": "https://example.com/schema.json"},
    "no reference": {"$ref": 5},
}
LARGEST: dict[str, Json] = {
    "enum": {"enum": list(range(10_000, 10_000 + schema_limits.MAX_ALTERNATIVES))},
    "words": {"enum": [f"the value {n}" for n in range(schema_limits.MAX_ALTERNATIVES)]},
    "branches": branches(schema_limits.MAX_ALTERNATIVES),
    "optional": optional(schema_limits.MAX_OPTIONAL),
    "required": required(schema_limits.MAX_PROPERTIES),
    "several objects": {"type": "array", "items": {"anyOf": [optional(schema_limits.MAX_OPTIONAL)] * 7}},
    "levels": deep(14),
    "items": {"type": "array", "items": {"enum": ["a", "b"]}, "maxItems": 1_000, "minItems": 1_000},
    "nested items": {"type": "array", "maxItems": 1_000, "items": {"type": "array", "items": {}, "maxItems": 1_000}},
    "length": {"type": "string", "maxLength": 1_000, "minLength": 1_000},
    "optional letters": patterned("^" + "a?" * patterns.MAX_QUANTIFIERS + "$"),
    "two such patterns": {"anyOf": [patterned("^" + "a?" * patterns.MAX_QUANTIFIERS + "$")] * 2},
    "nested": patterned("^([a-z]{1,31} ){1,32}$"),
    "ambiguous": patterned("^(a{1,31}){1,32}$"),
    "stars": patterned("^((a+)+)+$"),
    "a recursive type": {
        "$ref": "#/$defs/n",
        "$defs": {"n": {"type": "object", "properties": {"next": {"$ref": "#/$defs/n"}}}},
    },
}
USUAL: dict[str, Json] = {
    "an address": patterned(r"^(\d{1,3}\.){3}\d{1,3}$"),
    "a date": patterned(r"^\d{4}-\d{2}-\d{2}$"),
    "e-mail": patterned(r"^[^@]+@[^@]+\.[a-z]{2,}$"),
    "a slug": patterned("^[a-z0-9]+(-[a-z0-9]+)*$"),
    "properties with keywords' names": {"properties": {"enum": {"type": "string"}, "pattern": {"type": "integer"}}},
    "a long description": {"type": "string", "description": "x" * 100_000, "examples": ["y" * 50_000]},
    "null in an enum": {"enum": ["a", None]},
    "months": {"enum": [f"month {n}" for n in range(12)]},
}


def format_of(schema: Json) -> Json:
    return {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}


def doors(schema: Json) -> list[tuple[str, Json]]:
    """Every place of a request in which a schema is compiled."""
    question = [{"role": "user", "content": "Hi"}]
    function = {"name": "act", "parameters": schema}
    completions: list[Json] = [
        {"response_format": format_of(schema)},
        {"response_format": {"type": "json_object", "schema": schema}},
        {"tools": [{"type": "function", "function": function}]},
    ]
    responses: list[Json] = [
        {"text": {"format": {"type": "json_schema", "name": "answer", "schema": schema}}},
        {"tools": [{"type": "function"} | function]},
    ]
    return [
        *(("/v1/chat/completions", {"messages": question, **more}) for more in completions),
        *(("/v1/responses", {"input": "Hi", **more}) for more in responses),
    ]


@pytest.mark.parametrize("name", TOO_LARGE)
def test_a_schema_beyond_a_limit_is_refused_at_every_door(world: FakeWorld, name: str) -> None:
    program = with_key(world)
    for path, body in doors(TOO_LARGE[name]):
        refused = program.post(path, body)
        assert refused.status_code == 400, (path, refused.text[:300])
        assert refused.json()["error"]["type"] == "invalid_request_error"
        assert "schema" in refused.json()["error"]["message"] or "pattern" in refused.json()["error"]["message"]
    assert world.model.prompts == []


@pytest.mark.parametrize("name", USUAL)
def test_usual_schemas_pass(name: str) -> None:
    check_schemas([USUAL[name]])


def test_all_schemas_of_a_request_count_together() -> None:
    tool = {"type": "function", "function": {"name": "act", "parameters": required(100)}}
    check_schemas([tool] * 5)
    with pytest.raises(RequestTooComplex, match="512 properties in all schemas together"):
        check_schemas([tool] * 6)


@pytest.mark.parametrize("name", LARGEST)
def test_the_largest_allowed_schema_costs_the_real_model_server_little(real: World, name: str) -> None:
    program, question = with_key(real), [{"role": "user", "content": "Hi"}]
    for body in ({"response_format": format_of(LARGEST[name])}, tool_request(LARGEST[name])):
        check_schemas([body.get("response_format"), *body.get("tools", ())])
        began = time.monotonic()
        answer = program.post("/v1/chat/completions", {"messages": question, "max_tokens": 8} | body)
        assert time.monotonic() - began < SECONDS
        assert answer.status_code in (200, 400), answer.text


def tool_request(schema: Json) -> Json:
    return {
        "tools": [{"type": "function", "function": {"name": "act", "parameters": schema}}],
        "tool_choice": "required",
    }


@pytest.mark.parametrize(
    "pattern",
    [
        "a?" * 33,
        "((a?){1,10}){1,10}",
        "([a-z]?){0,200}",
        "(a*)*",
        "(a|)*",
        "a{1001}",
        "(a{50}){50}",
        "a**",
        "a{2}{3}",
        "|" * 65,
    ],
)
def test_a_pattern_that_matches_in_too_many_ways_is_refused(pattern: str) -> None:
    with pytest.raises(RequestTooComplex):
        check_pattern(pattern)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "type",
                    "enum",
                    "anyOf",
                    "$ref",
                    "properties",
                    "items",
                    "pattern",
                    "maxItems",
                    "required",
                    "$defs",
                    "a",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(ANYTHING)
def test_any_json_is_checked_without_an_error_of_our_own(schema: Any) -> None:
    try:
        check_schemas([schema])
    except RequestTooComplex as refusal:
        assert str(refusal).endswith(".")  # noqa: PT017 - one of two right ends


@pytest.mark.parametrize(
    "fields",
    [
        {"top_logprobs": 21},
        {"stop": ["a"] * 5},
        {"stop": "a" * 201},
        {"n": 2},
        {"n": 10**30},
        {"seed": 2**63},
        {"seed": 1.5},
        {"max_tokens": 0},
        {"temperature": 1e308},
        {"tools": [{"type": "function", "function": {"name": "a"}}] * 129},
    ],
    ids=str,
)
def test_numbers_beyond_their_limits_are_refused(world: FakeWorld, fields: Json) -> None:
    program: Program = with_key(world)
    refused = program.post("/v1/chat/completions", {"messages": [{"role": "user", "content": "Hi"}]} | fields)
    assert (refused.status_code, world.model.prompts) == (400, [])


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400"])
def test_numbers_that_json_does_not_have_are_refused(world: FakeWorld, number: str) -> None:
    program = with_key(world)
    headers = {"Content-Type": "application/json"}
    for path in ("/v1/chat/completions", "/v1/responses"):
        for field in ("temperature", "seed", "response_format", "tools", "text", "messages", "input"):
            body = (
                f'{{"messages": [{{"role": "user", "content": "Hi"}}], "input": "Hi", "{field}": [{{"x": {number}}}]}}'
            )
            assert program.call("POST", path, content=body, headers=headers).status_code == 400
    assert world.model.prompts == []


@pytest.mark.parametrize("levels", [70, 900, 5_000, 60_000])
def test_json_that_is_nested_too_deeply_is_refused(world: FakeWorld, levels: int) -> None:
    program = with_key(world)
    for path in ("/v1/chat/completions", "/v1/responses"):
        for field in ("messages", "input", "tools", "response_format", "text", "unknown"):
            nest = "[" * levels + "]" * levels
            body = f'{{"messages": [{{"role": "user", "content": "Hi"}}], "input": "Hi", "{field}": {nest}}}'
            refused = program.call("POST", path, content=body, headers={"Content-Type": "application/json"})
            assert refused.status_code == 400, (path, field, refused.text[:200])
