"""How long the fuzzers run: `FUZZ=20 make test TESTS=tests/fuzz` tries twenty times as many inputs."""

import os

from hypothesis import HealthCheck, settings

FACTOR = int(os.environ.get("FUZZ", "1"))


def fuzzed(examples: int) -> settings:
    """Try this many inputs, or a multiple of it."""
    return settings(max_examples=examples * FACTOR, deadline=None, suppress_health_check=list(HealthCheck))
