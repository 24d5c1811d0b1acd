"""Renders a conversation as the text that the model sees: ChatML, from the template in the GGUF file.

llama.cpp renders the same template, so training and serving use the same bytes (`evaluate.py` checks it).
"""

import json
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, Template

TEMPLATE_FILE = Path(__file__).parent / "chat_template.jinja"

# Each is one token, so that no text a person types can add up to one.
CONTROL_TOKENS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
MARKUP_TOKENS = ["<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>", "<tools>", "</tools>"]
END_OF_TURN = "<|im_end|>"

# The text that the model has to write, including the end of its turn; everything else is given.
ASSISTANT_TURN = re.compile(r"<\|im_start\|>assistant\n(.*?<\|im_end\|>)", re.DOTALL)

Message = dict[str, Any]


@dataclass
class Conversation:
    """Messages in the form of the OpenAI API, the offered tools, and a suitable title."""

    messages: list[Message]
    tools: list[dict[str, Any]] = field(default_factory=list)
    title: str = ""


@cache
def chat_template() -> Template:
    environment = Environment(keep_trailing_newline=False)
    # Jinja's own filter sorts keys and escapes HTML; llama.cpp's does neither.
    environment.filters["tojson"] = lambda value: json.dumps(value, ensure_ascii=False)
    return environment.from_string(TEMPLATE_FILE.read_text())


def render(conversation: Conversation, *, add_generation_prompt: bool = False) -> str:
    return chat_template().render(
        messages=conversation.messages,
        tools=conversation.tools,
        add_generation_prompt=add_generation_prompt,
    )


def learnt_spans(text: str) -> list[tuple[int, int]]:
    """Return the start and end, in characters, of the assistant's turns in a rendered conversation."""
    return [match.span(1) for match in ASSISTANT_TURN.finditer(text)]
