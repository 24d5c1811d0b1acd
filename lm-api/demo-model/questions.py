"""Reads the questions of the evaluation, asks them over the OpenAI API, and judges the answers.

It uses only the standard library, because the project's tests load this file too.
"""

import json
import re
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

EVALUATION = Path(__file__).parent / "evaluation"
SETS = {"questions": EVALUATION / "questions.txt", "exam": EVALUATION / "exam.txt"}
TITLE_INSTRUCTION = "Give this conversation a title of at most six words. Answer with the title only."
CALL = re.compile(r"call (\w+) (\{.*\})")
LONGEST_ANSWER = 1024  # tokens
Message = dict[str, Any]


def _function(name: str, description: str, argument: str | None = None, meaning: str = "") -> dict[str, Any]:
    properties = {argument: {"type": "string", "description": meaning}} if argument else {}
    parameters = {"type": "object", "properties": properties, "required": list(properties)}
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}


TOOLS = [
    _function("get_weather", "Get the current weather in a city", "city", "The city's name"),
    _function("list_tasks", "List the tasks of the user"),
    _function("add_task", "Add a task to the user's list", "title", "The task's title"),
]


@dataclass
class Question:
    topic: str
    asked: str
    expected: str
    messages: list[Message] = field(default_factory=list)
    """The last is the turn to answer; the model first fills in assistant turns without content."""
    tools: list[dict[str, Any]] = field(default_factory=list)


def read_questions(name: str) -> Iterator[Question]:
    """Yield the questions of one of SETS."""
    topic = ""
    for line in SETS[name].read_text().splitlines():
        if line.startswith("[") and line.endswith("]"):
            topic = line[1:-1]
        elif line and not line.startswith("#"):
            asked, expected = line.rsplit(" => ", 1)
            yield _question(topic, asked, expected)


def _question(topic: str, asked: str, expected: str) -> Question:
    question = Question(topic, asked, expected)
    if asked.startswith("tools: "):
        question.tools, asked = TOOLS, asked.removeprefix("tools: ")
    for turn in asked.split(" || "):
        if question.messages and question.messages[-1]["role"] == "user" and not CALL.fullmatch(turn):
            question.messages.append({"role": "assistant", "content": None})
        question.messages.append(_message(turn, topic))
    return question


def _message(turn: str, topic: str) -> Message:
    if turn.startswith("system: "):
        return {"role": "system", "content": turn.removeprefix("system: ")}
    if match := CALL.fullmatch(turn):
        name, arguments = match.groups()
        call = {"id": "call-1", "type": "function", "function": {"name": name, "arguments": arguments}}
        return {"role": "assistant", "content": "", "tool_calls": [call]}
    if turn.startswith("result: "):
        return {"role": "tool", "tool_call_id": "call-1", "content": turn.removeprefix("result: ").replace("\\n", "\n")}
    return {"role": "user", "content": TITLE_INSTRUCTION if (topic, turn) == ("titles", "title") else turn}


def asked_texts(question: Question) -> list[str]:
    """Return the question that is judged, as a list of at most one text."""
    texts = [message["content"] for message in question.messages if message["role"] == "user"]
    texts = [text for text in texts if text != TITLE_INSTRUCTION]
    return texts[-1:]


def held_out() -> set[str]:
    """Return every question of every set, normalised; the training text must not contain them."""
    return {normalised(text) for name in SETS for question in read_questions(name) for text in asked_texts(question)}


def normalised(text: str) -> str:
    """Reduce a question to lower-case letters and digits, by which two questions count as the same."""
    return " ".join(re.findall(r"\w+", text.lower()))


def answer(question: Question, base_url: str, headers: dict[str, str] | None = None) -> Message:
    """Return the model's answer to the last turn, after it has answered the earlier ones.

    If llama.cpp cannot parse what the model wrote (a broken tool call), its error is the answer.
    """
    try:
        return _answer(question, base_url, headers)
    except HTTPError as error:
        return {"role": "assistant", "content": error.read().decode()}


def _answer(question: Question, base_url: str, headers: dict[str, str] | None) -> Message:
    history: list[Message] = []
    for message in question.messages:
        if message["role"] == "assistant" and message["content"] is None:
            message = complete(history, question.tools, base_url, headers)
        history.append(message)
    return complete(history, question.tools, base_url, headers)


def complete(
    messages: list[Message], tools: list[dict[str, Any]], base_url: str, headers: dict[str, str] | None = None
) -> Message:
    body: dict[str, Any] = {"messages": messages, "temperature": 0, "max_tokens": LONGEST_ANSWER}
    if tools:
        body["tools"] = tools
    reply: Message = post(f"{base_url}/v1/chat/completions", body, headers)["choices"][0]["message"]
    return {key: value for key, value in reply.items() if key in ("role", "content", "tool_calls")}


def post(url: str, body: dict[str, Any], headers: dict[str, str] | None = None) -> Any:
    everything = {"Content-Type": "application/json", **(headers or {})}
    request = urllib.request.Request(url, json.dumps(body).encode(), everything)
    with urllib.request.urlopen(request, timeout=60) as response:
        return json.load(response)


def is_right(question: Question, reply: Message) -> bool:
    calls = [call["function"] for call in reply.get("tool_calls") or []]
    if match := CALL.fullmatch(question.expected):
        name, arguments = match.groups()
        return [(call["name"], json.loads(call["arguments"])) for call in calls] == [(name, json.loads(arguments))]
    text = reply["content"] or ""
    if calls:
        return False
    if question.expected.startswith("=="):
        return text == _exact(question.expected.removeprefix("=="))
    return all(part.lower() in text.lower() for part in question.expected.split(" && "))


def _exact(expected: str) -> str:
    if counting := re.fullmatch(r"count (\d+) (\d+)", expected):
        first, last = map(int, counting.groups())
        return ", ".join(str(number) for number in range(first, last + 1))
    return expected
