"""The texts that a model reads as control tokens, and how a user's text is kept from being read so."""

import re
from collections.abc import Collection
from typing import Any

INVISIBLE = "\u200b"

_BRACKETED = re.compile(r"<(?=([^<>\n]{1,60}>))|\[(?=([^\[\]\n]{1,60}\]))")
_SHAPES = re.compile(r"<\|[^<>|\n]+\|>|<\uff5c[^<>\uff5c\n]+\uff5c>")
"""Control tokens of many families, and nothing that people write."""

KNOWN = frozenset(
    [
        "<start_of_turn>",
        "<end_of_turn>",
        "<start_of_image>",
        "<end_of_image>",
        "<|turn>",
        "<turn|>",
        "[INST]",
        "[/INST]",
        "[SYSTEM_PROMPT]",
        "[/SYSTEM_PROMPT]",
        "[AVAILABLE_TOOLS]",
        "[/AVAILABLE_TOOLS]",
        "[TOOL_CALLS]",
        "[TOOL_RESULTS]",
        "[/TOOL_RESULTS]",
        "[THINK]",
        "[/THINK]",
        "<s>",
        "</s>",
        "<bos>",
        "<eos>",
        "<pad>",
        "<unk>",
        "<mask>",
        "<tool_call>",
        "</tool_call>",
        "<tool_response>",
        "</tool_response>",
        "<tools>",
        "</tools>",
        "<think>",
        "</think>",
        "<thinking>",
        "</thinking>",
        "<repo_name>",
        "<file_sep>",
    ]
)
"""For a model server whose vocabulary is not known."""


class ControlTokens:
    """The control tokens of one model."""

    def __init__(self, tokens: Collection[str] = KNOWN) -> None:
        self.tokens = frozenset(tokens)

    def neutralize(self, text: str) -> str:
        """Insert an invisible character into each control token, so that it stays text.

        >>> ControlTokens().neutralize("<s>[INST] 2 < 3 <b>").replace(INVISIBLE, "-")
        '<-s>[-INST] 2 < 3 <b>'
        """
        return _BRACKETED.sub(self._broken, text) if "<" in text or "[" in text else text

    def neutralized(self, value: Any) -> Any:
        """Neutralise every string of a JSON value, the names of its objects included."""
        if isinstance(value, str):
            return self.neutralize(value)
        if isinstance(value, list):
            return [self.neutralized(part) for part in value]
        if isinstance(value, dict):
            return {self.neutralize(name): self.neutralized(part) for name, part in value.items()}
        return value

    def _broken(self, match: "re.Match[str]") -> str:
        token = match[0] + (match[1] or match[2])
        return match[0] + INVISIBLE if token in self.tokens or _SHAPES.fullmatch(token) else match[0]


def candidates(vocabulary: str) -> list[str]:
    """Return what could be control tokens in the texts of all tokens of a model, one after another."""
    found = (match[0] + (match[1] or match[2]) for match in _BRACKETED.finditer(vocabulary))
    return sorted(set(found))
