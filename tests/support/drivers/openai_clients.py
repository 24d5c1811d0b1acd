"""OpenAI's own client."""

import httpx
import openai

MODEL = "demo"


def client_of(base_url: str, key: str) -> openai.OpenAI:
    no_connection_twice = httpx.Limits(max_keepalive_connections=0)  # llama.cpp closes those it keeps without a word
    http = httpx.Client(trust_env=False, timeout=60, limits=no_connection_twice)
    return openai.OpenAI(base_url=base_url, api_key=key, http_client=http, max_retries=0)
