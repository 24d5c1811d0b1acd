"""OpenAI's own client."""

import openai

MODEL = "demo"


def client_of(base_url: str, key: str) -> openai.OpenAI:
    # Reuse no connection: llama.cpp closes idle ones without notice.
    http = openai.DefaultHttpxClient(trust_env=False, timeout=60, headers={"Connection": "close"})
    return openai.OpenAI(base_url=base_url, api_key=key, http_client=http, max_retries=0)
