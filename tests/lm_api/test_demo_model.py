"""The demo model that ships with Parley, asked over real llama.cpp: a short form of its evaluation."""

import hashlib
import importlib.util
import json
import sys
from itertools import groupby
from pathlib import Path
from types import ModuleType

import pytest
from lm_api.catalogue import DEMO_FILE

from tests.support.running.model_server import ModelServer

DEMO_MODEL = Path(__file__).parents[2] / "lm-api" / "demo-model"
QUESTIONS_OF_A_TOPIC = 3
RIGHT_AT_LEAST = 0.95


@pytest.fixture(scope="module")
def questions() -> ModuleType:
    """The module `questions.py` beside the model, which is a script and belongs to no package."""
    specification = importlib.util.spec_from_file_location("demo_model_questions", DEMO_MODEL / "questions.py")
    assert specification
    assert specification.loader
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module  # dataclasses look up their module there
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def evaluation() -> dict[str, dict[str, list[dict[str, str]]]]:
    result: dict[str, dict[str, list[dict[str, str]]]] = json.loads((DEMO_MODEL / "evaluation/result.json").read_text())
    return result


def test_the_file_is_the_one_that_was_evaluated(evaluation: dict[str, str]) -> None:
    digest = hashlib.sha256(DEMO_FILE.read_bytes()).hexdigest()
    assert (DEMO_MODEL / "demo.gguf.sha256").read_text() == f"{digest}  demo.gguf\n"
    assert evaluation["sha256"] == digest


def test_it_still_answers_what_it_answered_in_its_evaluation(
    model_server: ModelServer, questions: ModuleType, evaluation: dict[str, dict[str, list[dict[str, str]]]]
) -> None:
    known_wrong = {wrong["asked"] for wrong in evaluation["questions"]["wrong"]}
    answered = [question for question in questions.read_questions("questions") if question.asked not in known_wrong]
    asked = [
        question
        for _, group in groupby(answered, lambda question: question.topic)
        for question in list(group)[:QUESTIONS_OF_A_TOPIC]
    ]
    wrong = {}
    for question in asked:
        reply = questions.answer(question, model_server.base_url, model_server.headers)
        if not questions.is_right(question, reply):
            wrong[question.asked] = reply
    assert len(wrong) <= (1 - RIGHT_AT_LEAST) * len(asked), wrong


def test_it_counts_to_300_without_a_slip(model_server: ModelServer, questions: ModuleType) -> None:
    reply = questions.complete(
        [{"role": "user", "content": "Count to 300"}], [], model_server.base_url, model_server.headers
    )
    assert reply["content"] == ", ".join(str(number) for number in range(1, 301))
