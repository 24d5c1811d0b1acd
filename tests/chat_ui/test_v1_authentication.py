"""Who may call `/v1`."""

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from fastapi import FastAPI

from tests.support.drivers.chat_ui import FakeWorld, fake_world
from tests.support.drivers.program import Program, with_key
from tests.support.running.serving import serving
from tests.support.running.waiting import wait_until

SECRET = "a-secret-of-the-identity-provider-32"
CONVERSATIONS = "/v1/conversations"


@pytest.fixture(scope="module")
def secured() -> Iterator[FakeWorld]:
    with fake_world(jwt_secret=SECRET, jwt_issuer="https://login.example", jwt_audience="parley") as world:
        yield world


def claims(**changes: Any) -> dict[str, Any]:
    standard = {"sub": "ada", "iss": "https://login.example", "aud": "parley", "exp": int(time.time()) + 60}
    return {name: value for name, value in (standard | changes).items() if value is not None}


def ask(world: FakeWorld, credential: str | None, **headers: str) -> httpx.Response:
    bearer = {"Authorization": f"Bearer {credential}"} if credential else {}
    return httpx.get(f"{world.url}{CONVERSATIONS}", headers=bearer | headers, trust_env=False)


def assert_unauthorized(response: httpx.Response) -> None:
    assert response.status_code == 401, response.text
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.headers["content-type"] == "application/problem+json"


def test_a_subject_is_the_same_user_each_time(secured: FakeWorld) -> None:
    def program(subject: str) -> Program:
        token = jwt.encode(claims(sub=subject), SECRET, "HS256")
        http = secured.people.enter_context(httpx.Client(base_url=secured.url, trust_env=False))
        return Program(http, Authorization=f"Bearer {token}")

    made = program("ada").post(CONVERSATIONS, {}).json()["id"]
    assert [c["id"] for c in program("ada").get(CONVERSATIONS).json()["items"]] == [made]
    assert program("bob").get(CONVERSATIONS).json()["items"] == []


def test_a_subject_whose_session_has_ended_gets_a_new_one(secured: FakeWorld) -> None:
    token = jwt.encode(claims(sub="eve"), SECRET, "HS256")
    assert ask(secured, token).status_code == 200
    secured.db.sessions.clear()
    assert ask(secured, token).status_code == 200


@pytest.mark.parametrize(
    "token",
    [
        "",
        "rubbish",
        "a.b.c",
        "parley_made-up",
        jwt.encode(claims(), "", "none"),
        jwt.encode(claims(), SECRET * 2, "HS512"),
        jwt.encode(claims(), "another-secret-that-is-32-bytes-long", "HS256"),
        jwt.encode(claims(exp=int(time.time()) - 3600), SECRET, "HS256"),
        jwt.encode(claims(exp=None), SECRET, "HS256"),
        jwt.encode(claims(sub=None), SECRET, "HS256"),
        jwt.encode(claims(sub=""), SECRET, "HS256"),
        jwt.encode(claims(sub="\ud800"), SECRET, "HS256"),
        jwt.encode(claims(sub="a\0b"), SECRET, "HS256"),
        jwt.encode(claims(sub="a" * 501), SECRET, "HS256"),
        jwt.encode(claims(exp=float("inf")), SECRET, "HS256"),
        jwt.encode(claims(iat="\ud800"), SECRET, "HS256"),
        jwt.encode(claims(iss="https://elsewhere.example"), SECRET, "HS256"),
        jwt.encode(claims(aud="another"), SECRET, "HS256"),
        jwt.encode(claims(aud=None), SECRET, "HS256"),
        jwt.encode(claims(nbf=int(time.time()) + 3600), SECRET, "HS256"),
    ],
)
def test_an_invalid_token_is_refused(secured: FakeWorld, token: str) -> None:
    assert_unauthorized(ask(secured, token))


def test_a_token_is_refused_without_a_configured_secret(world: FakeWorld) -> None:
    assert_unauthorized(ask(world, jwt.encode(claims(), SECRET, "HS256")))
    assert_unauthorized(ask(world, "e30.e30."))


@pytest.mark.parametrize("given", [True, False], ids=["given", "fetched"])
def test_the_providers_public_keys_verify_and_never_serve_as_an_hs256_secret(given: bool) -> None:
    rsa_key, ec_key = rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP256R1())
    public = {
        "one": json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(rsa_key.public_key())) | {"alg": "RS256"},
        "two": json.loads(jwt.algorithms.ECAlgorithm.to_jwk(ec_key.public_key())) | {"alg": "ES256"},
    }
    key_set = {"keys": [key | {"kid": kid} for kid, key in public.items()]}
    provider = FastAPI()
    provider.get("/keys")(lambda: key_set)
    with (
        serving(provider) as url,
        fake_world(**({"jwt_jwks": json.dumps(key_set)} if given else {"jwt_jwks_url": f"{url}/keys"})) as world,
    ):
        right = [
            jwt.encode(claims(aud=None), rsa_key, "RS256", {"kid": "one"}),
            jwt.encode(claims(aud=None), ec_key, "ES256", {"kid": "two"}),
        ]
        assert [ask(world, token).status_code for token in right] == [200, 200]
        wrong = [
            jwt.encode(claims(aud=None), rsa_key, "RS256", {"kid": "two"}),
            jwt.encode(claims(aud=None), rsa_key, "RS256", {"kid": "three"}),
            jwt.encode(claims(aud=None), "the public key, as far as an attacker can know", "HS256", {"kid": "one"}),
            jwt.encode(claims(aud=None), rsa_key, "RS512", {"kid": "one"}),
        ]
        for token in wrong:
            assert_unauthorized(ask(world, token))


def test_a_key_is_limited_to_its_scopes(world: FakeWorld) -> None:
    reader = with_key(world, scopes=("read",))
    assert reader.get(CONVERSATIONS).status_code == 200
    refused = reader.post("/v1/chat", {"message": "Hi"})
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/scope-missing")
    assert with_key(world, scopes=("chat",)).get(CONVERSATIONS).status_code == 403


def test_a_revoked_key_is_refused_at_once(world: FakeWorld) -> None:
    program = with_key(world)
    assert program.get(CONVERSATIONS).status_code == 200
    world.db.keys.clear()
    assert_unauthorized(program.get(CONVERSATIONS))


def test_a_request_without_a_credential_is_refused(world: FakeWorld) -> None:
    assert_unauthorized(ask(world, None))


def test_the_session_cookie_is_accepted_only_from_our_own_pages(world: FakeWorld) -> None:
    visitor = world.visitor()
    visitor.open_chat()
    assert len(visitor.http.get(CONVERSATIONS).json()["items"]) == 1
    assert visitor.http.get(CONVERSATIONS, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 200
    for site in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        assert_unauthorized(visitor.http.get(CONVERSATIONS, headers=site))
        assert_unauthorized(visitor.http.post(CONVERSATIONS, json={}, headers=site))


def test_other_sites_are_refused_unless_they_are_configured(world: FakeWorld) -> None:
    preflight = {"Origin": "https://app.example", "Access-Control-Request-Method": "GET"}
    answer = httpx.options(f"{world.url}{CONVERSATIONS}", headers=preflight, trust_env=False)
    assert "access-control-allow-origin" not in answer.headers
    with fake_world(cors_origins="https://app.example, https://b.example") as named:
        answer = httpx.options(f"{named.url}{CONVERSATIONS}", headers=preflight, trust_env=False)
        assert answer.headers["access-control-allow-origin"] == "https://app.example"
        assert "access-control-allow-credentials" not in answer.headers
        key = with_key(named).headers
        asked = httpx.post(f"{named.url}{CONVERSATIONS}", json={}, headers=key | preflight, trust_env=False)
        assert asked.status_code == 201
        other = httpx.get(f"{named.url}/", headers=preflight, trust_env=False)
        assert "access-control-allow-origin" not in other.headers


def test_limits_are_reported_and_enforced() -> None:
    with fake_world(limits_requests_per_minute=3, limits_key_requests_per_minute=2) as world:
        program = with_key(world)
        answers = [program.get(CONVERSATIONS) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert [answer.headers["ratelimit-remaining"] for answer in answers] == ["1", "0", "0"]
        assert answers[0].headers["ratelimit-limit"] == "2"
        assert answers[2].headers["retry-after"] == "31"
        assert answers[2].json()["type"] == "/problems/limit-reached"


def test_tokens_are_counted_for_programs_and_pages() -> None:
    with fake_world(limits_tokens_per_day=20) as world:
        program = with_key(world)
        program.chat("Hi")
        (user,) = {key["user_id"] for key in world.db.keys.values()}
        wait_for_tokens(world, user, 14)
        program.chat("Hi")
        wait_for_tokens(world, user, 28)
        assert program.post("/v1/chat", {"message": "Hi"}).status_code == 429


def wait_for_tokens(world: FakeWorld, user: str, tokens: int) -> None:
    wait_until(lambda: world.db.used["user", user] == tokens, 5, lambda: str(world.db.used))
