"""Asks the demo model, served by llama.cpp at temperature 0, all questions of the evaluation and writes the result."""

import argparse
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chat_format import Conversation, render
from long_chats import remembered_by_length
from questions import SETS, Message, Question, answer, complete, is_right, post, read_questions

HERE = Path(__file__).parent
RESULT = HERE / "evaluation" / "result"
THREADS = 1
LONG_ENOUGH_TO_CUT = 25  # words
CONTINUING = "continuing a half-written answer"
TEMPLATE = "same text from llama.cpp's template as in training"


@contextmanager
def served(model: Path) -> Iterator[str]:
    """Run llama.cpp's own server, from the `xllamacpp` wheel, and yield its address."""
    from xllamacpp import CommonParams, Server

    params = CommonParams()
    params.model.path = str(model)
    params.hostnames, params.port = ["127.0.0.1"], 0
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = THREADS
    params.n_parallel, params.n_ctx = 1, 2048
    params.use_jinja, params.ui, params.verbosity, params.cache_ram_mib = True, False, 0, 64
    server = Server(params)
    try:
        yield server.listening_address
    finally:
        del server


def template_is_ours(question: Question, address: str) -> bool:
    """Whether llama.cpp renders a conversation exactly as in training."""
    messages = [message for message in question.messages if message["content"] is not None]
    body = {"messages": messages, "tools": question.tools or None}
    theirs = post(f"{address}/apply-template", body)["prompt"]
    return bool(theirs == render(Conversation(_as_in_training(messages), question.tools), add_generation_prompt=True))


def _as_in_training(messages: list[Message]) -> list[Message]:
    """Parse the arguments of calls: the API has them as text, our conversations as objects."""
    changed: list[Message] = json.loads(json.dumps(messages))
    for message in changed:
        for call in message.get("tool_calls") or []:
            call["function"]["arguments"] = json.loads(call["function"]["arguments"])
    return changed


def continues_identically(question: Question, whole: str, address: str) -> bool:
    """Whether the model completes the first half of its answer, cut at a word's end, to the same answer."""
    start = whole[: len(whole) // 2].rsplit(maxsplit=1)[0]
    half = {"role": "assistant", "content": start}
    return complete([*question.messages, half], question.tools, address)["content"] == whole


def evaluate(questions: Iterable[Question], address: str) -> dict[str, Any]:
    topics: dict[str, list[bool]] = defaultdict(list)
    wrong = []
    for question in questions:
        reply = answer(question, address)
        right = is_right(question, reply)
        topics[question.topic].append(right)
        if not right:
            wrong.append(
                {"topic": question.topic, "asked": question.asked, "expected": question.expected, "said": reply}
            )
        text = reply.get("content") or ""
        if right and len(text.split()) > LONG_ENOUGH_TO_CUT and len(question.messages) == 1 and not question.tools:
            topics[CONTINUING].append(continues_identically(question, text, address))
        if all(message["content"] is not None for message in question.messages):
            topics[TEMPLATE].append(template_is_ours(question, address))
    return {
        "topics": {topic: {"right": sum(rights), "of": len(rights)} for topic, rights in topics.items()},
        "wrong": wrong,
    }


def as_table(results: dict[str, Any]) -> str:
    """Return a Markdown table with a row per topic and a column per set of questions."""
    asked = [topic for topic in results["questions"]["topics"] if topic not in (CONTINUING, TEMPLATE)]
    lines = [f"| topic | {' | '.join(SETS)} |", f"| --- {'| ---: ' * len(SETS)}|"]
    lines += [_line(topic, [topic], results) for topic in asked]
    lines += [_line("**all together**", asked, results), _line(CONTINUING, [CONTINUING], results)]
    lines += ["", "| a name told so many tokens ago | remembered |", "| ---: | ---: |"]
    lines += [f"| {length} | {_share([score])} |" for length, score in results["long chats"].items()]
    return "\n".join(lines)


def _line(name: str, topics: list[str], results: dict[str, Any]) -> str:
    scores = [[results[one]["topics"][topic] for topic in topics if topic in results[one]["topics"]] for one in SETS]
    return f"| {name} | {' | '.join(map(_share, scores))} |"


def _share(scores: list[dict[str, int]]) -> str:
    right, of = sum(score["right"] for score in scores), sum(score["of"] for score in scores)
    return f"{right} of {of} ({right / of:.1%})" if of else ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=HERE / "demo.gguf")
    parser.add_argument("--result", type=Path, default=RESULT, help="written as .json and .md")
    arguments = parser.parse_args()
    with served(arguments.model) as address:
        results: dict[str, Any] = {name: evaluate(read_questions(name), address) for name in SETS}
        results["long chats"] = remembered_by_length(address)
    results["sha256"] = hashlib.sha256(arguments.model.read_bytes()).hexdigest()
    arguments.result.with_suffix(".json").write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    arguments.result.with_suffix(".md").write_text(as_table(results) + "\n")
    print(as_table(results))
    print(f"\n{TEMPLATE}: {_share([results[name]['topics'][TEMPLATE] for name in SETS])}")


if __name__ == "__main__":
    main()
