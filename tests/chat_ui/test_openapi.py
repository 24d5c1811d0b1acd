"""The API document `/openapi.json` and its page."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.drivers.chat_ui import FakeWorld

Json = dict[str, Any]
OPENAI = ("/v1/models", "/v1/models/{model}", "/v1/chat/completions", "/v1/responses")


@pytest.fixture
def document(world: FakeWorld) -> Json:
    document: Json = httpx.get(f"{world.url}/openapi.json", trust_env=False).raise_for_status().json()
    return document


def operations(document: Json) -> Iterator[tuple[str, Json]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def has(schema: Json, what: str) -> bool:
    """A reference has it beside itself or at its target."""
    return bool(schema.get(what))


def test_it_is_openapi_3_1_and_covers_only_the_api(document: Json) -> None:
    assert document["openapi"].startswith("3.1")
    assert all(path.startswith("/v1/") for path in document["paths"])
    assert len(document["paths"]) > 10
    assert not any("head" in methods for methods in document["paths"].values())


def test_every_field_is_described_with_an_example(document: Json) -> None:
    bare = [
        f"{name}.{field}"
        for name, schema in document["components"]["schemas"].items()
        for field, about in schema.get("properties", {}).items()
        if not (has(about, "description") and (has(about, "examples") or "$ref" in about))
    ]
    assert bare == []


def test_every_parameter_is_described_with_an_example(document: Json) -> None:
    bare = [
        f"{name}: {parameter['name']}"
        for name, operation in operations(document)
        for parameter in operation.get("parameters", ())
        if not parameter.get("description") or not (parameter["schema"].get("examples") or parameter.get("examples"))
    ]
    assert bare == []


def test_every_operation_has_a_description_and_its_security(document: Json) -> None:
    tags = {tag["name"] for tag in document["tags"]}
    for name, operation in operations(document):
        assert operation["description"], name
        assert set(operation["tags"]) <= tags, name
        assert operation["security"] == [{"bearer": []}, {"cookie": []}], name
    assert set(document["components"]["securitySchemes"]) == {"bearer", "cookie"}


def test_every_error_is_listed_in_the_format_of_its_address(document: Json) -> None:
    for name, operation in operations(document):
        for_openai = name.split()[1] in OPENAI
        kind = ("application/json", "OpenAiError") if for_openai else ("application/problem+json", "Problem")
        errors = {status: answer for status, answer in operation["responses"].items() if int(status) >= 400}
        assert {"401", "403", "413", "429", "500", "502", "503", "504"} <= set(errors), name
        for status, answer in errors.items():
            schema = answer["content"][kind[0]]["schema"]
            assert schema == {"$ref": f"#/components/schemas/{kind[1]}"}, (name, status)


def test_links_lead_to_operations_with_all_their_parameters(document: Json) -> None:
    needed = {
        operation["operationId"]: {p["name"] for p in operation.get("parameters", ()) if p["in"] == "path"}
        for _, operation in operations(document)
    }
    linked = [
        link
        for _, operation in operations(document)
        for response in operation["responses"].values()
        for link in response.get("links", {}).values()
    ]
    assert {link["operationId"] for link in linked} == {name for name, parameters in needed.items() if parameters}
    assert all(set(link["parameters"]) == needed[link["operationId"]] for link in linked)


def test_a_messages_maximum_length_is_the_configured_one(document: Json) -> None:
    assert document["components"]["schemas"]["Ask"]["properties"]["message"]["maxLength"] == 16_000


def test_the_docs_load_nothing_from_other_hosts(world: FakeWorld) -> None:
    page = httpx.get(f"{world.url}/docs", trust_env=False)
    assert "://" not in page.text.replace("http://www.w3.org", "")
    assert "script-src 'self'" in page.headers["content-security-policy"]
    for line in page.text.splitlines():
        for part in line.split('"'):
            if part.startswith("/static/"):
                assert httpx.get(world.url + part, trust_env=False).status_code == 200, part
