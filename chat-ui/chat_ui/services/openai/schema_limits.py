"""Limits of what the model server compiles into a grammar: the JSON schemas of one request, all together.

llama.cpp compiles and samples on the thread that serves everybody, and its cost grows faster than the schema.
tests/chat_ui/test_v1_schema_limits.py measures the largest allowed schemas.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from chat_ui.errors import RequestTooComplex
from chat_ui.services.openai.patterns import check_pattern

Json = dict[str, Any]

MAX_NODES = 2_000
MAX_DEPTH = 32
MAX_PROPERTIES = 512
MAX_OPTIONAL = 64
"""Optional properties of one object: the grammar grows with their square."""
MAX_ALTERNATIVES = 128
MAX_CHARS = 16_000
MAX_REPETITIONS = 1_000
MAX_NUMBER = 2**63

ANNOTATIONS = frozenset({"description", "title", "examples", "default", "$comment", "$schema", "$id", "deprecated"})
"""They do not reach the grammar."""
MAPS = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})
"""Keywords whose keys are names."""
FRAMES = ("json_schema", "function", "format")
"""Where OpenAI's requests hold a schema or its frame."""
UNIONS = ("anyOf", "oneOf", "allOf")
REPETITIONS = frozenset({"minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties"})
NUMBERS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})


def check_schemas(schemas: list[Any]) -> None:
    """Check all schemas of one request against the limits.

    Raises:
        RequestTooComplex: the message names the limit.
    """
    size = _Size()
    for schema in schemas:
        size.add(schema)
        for root in _roots(schema):
            _check_references(root)


class _Size:
    def __init__(self) -> None:
        self._nodes = self._properties = self._alternatives = self._chars = self._quantifiers = 0

    def add(self, schema: Any) -> None:
        waiting: list[tuple[Any, int]] = [(schema, 1)]
        while waiting:
            value, depth = waiting.pop()
            self._nodes += 1
            _limit(self._nodes, MAX_NODES, "parts in all schemas together")
            _limit(depth, MAX_DEPTH, "levels in a schema")
            if isinstance(value, dict):
                self._add_keywords(value)
                waiting += [(part, depth + 1) for part in _parts(value)]
            elif isinstance(value, list):
                waiting += [(part, depth + 1) for part in value]
            elif isinstance(value, str):
                self._add_chars(value)
            elif isinstance(value, int | float) and not abs(value) < MAX_NUMBER:  # so is NaN
                raise RequestTooComplex("A number in a schema is too large: at most 63 bits are supported.")

    def _add_keywords(self, schema: Json) -> None:
        for name, value in schema.items():
            self._add_chars(name)
            if name == "enum" or name in UNIONS or name in ("type", "prefixItems"):
                self._alternatives += len(value) if isinstance(value, list) else 0
            elif name == "pattern":
                self._quantifiers += check_pattern(value)
            elif name in REPETITIONS:
                _check_repetitions(name, value)
        self._add_properties(schema)
        _limit(self._alternatives, MAX_ALTERNATIVES, "values of “enum” and branches of “anyOf” and its kin together")
        _limit(self._quantifiers, MAX_OPTIONAL, "quantifiers in all patterns together")

    def _add_properties(self, schema: Json) -> None:
        for name in MAPS:
            if isinstance(named := schema.get(name), dict):
                self._properties += len(named)
        _limit(self._properties, MAX_PROPERTIES, "properties in all schemas together")
        if isinstance(properties := schema.get("properties"), dict):
            required = schema.get("required")
            names = {name for name in required if isinstance(name, str)} if isinstance(required, list) else set()
            _limit(len(properties.keys() - names), MAX_OPTIONAL, "optional properties of an object")

    def _add_chars(self, text: str) -> None:
        self._chars += len(text)
        _limit(self._chars, MAX_CHARS, "characters in all schemas together, descriptions not counted")


def _parts(schema: Json) -> Iterator[Any]:
    for name, value in schema.items():
        if name in MAPS and isinstance(value, dict):
            yield from value.values()
        elif name not in ANNOTATIONS:
            yield value


def _check_repetitions(name: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MAX_REPETITIONS or value % 1:
        raise RequestTooComplex(f"“{name}” in a schema must be a whole number from 0 to {MAX_REPETITIONS:,}.")


def _limit(found: int, most: int, what: str) -> None:
    if found > most:
        raise RequestTooComplex(f"The request's schemas are too large: at most {most:,} {what} are supported.")


def _roots(value: Any) -> list[Json]:
    """The schemas in a tool or in the format of the answer, to which their references relate; else the value itself."""
    if not isinstance(value, dict):
        return []
    frames = [value, *(value[name] for name in FRAMES if isinstance(value.get(name), dict))]
    found = [frame[name] for frame in frames for name in ("schema", "parameters") if isinstance(frame.get(name), dict)]
    return found or [value]


def _check_references(schema: Json) -> None:
    """Refuse references that lead nowhere, elsewhere, or back without a property or item in between.

    Raises:
        RequestTooComplex: the message says which.
    """
    finished: set[int] = set()
    for start in list(_dicts(schema)):
        _follow(schema, start, finished)


def _follow(root: Json, start: Json, finished: set[int]) -> None:
    """Depth-first search for a cycle over `$ref` and the unions, without recursion."""
    open_nodes: dict[int, Iterator[Json]] = {}
    stack = [start]
    while stack:
        node = stack[-1]
        if id(node) in finished:
            stack.pop()
            continue
        following = open_nodes.setdefault(id(node), _same_place(root, node))
        if (child := next(following, None)) is None:
            finished.add(id(stack.pop()))
            del open_nodes[id(node)]
        elif id(child) in open_nodes:
            raise RequestTooComplex("A “$ref” in a schema leads back to itself. Put a property or an item in between.")
        else:
            stack.append(child)


def _same_place(root: Json, node: Json) -> Iterator[Json]:
    """The schemas that apply to the very value that `node` describes."""
    if "$ref" in node:
        yield _target(root, node["$ref"])
    for union in UNIONS:
        if isinstance(members := node.get(union), list):
            yield from (member for member in members if isinstance(member, dict))


def _target(root: Json, reference: Any) -> Json:
    if not isinstance(reference, str) or not (reference == "#" or reference.startswith("#/")):
        raise RequestTooComplex("A “$ref” in a schema must begin with “#/”: only references within it are supported.")
    value: Any = root
    for step in reference.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        value = value.get(name) if isinstance(value, Mapping) else None
    if not isinstance(value, dict):
        raise RequestTooComplex("A “$ref” in a schema names a place that does not exist in it.")
    return value


def _dicts(schema: Json) -> Iterator[Json]:
    waiting: list[Any] = [schema]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield value
            waiting += _parts(value)
        elif isinstance(value, list):
            waiting += value
