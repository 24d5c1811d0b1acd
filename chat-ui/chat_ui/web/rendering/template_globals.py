"""Jinja's globals in one mapping: its own chain of two is copied key by key at each import (`bench pages`)."""

from collections.abc import MutableMapping
from typing import Any

from jinja2 import Environment


class FlatGlobalsEnvironment(Environment):
    """An environment whose templates must be loaded after all globals are set."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return {**self.globals, **(d or {})}
