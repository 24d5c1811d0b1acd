"""Writes the conversations that the model learns from. Everything is generated here, nothing is downloaded."""

import random
from collections.abc import Iterator

from chat_format import Conversation, Message
from questions import TITLE_INSTRUCTION, held_out, normalised
from topics import tools
from topics.copying import counting, echo
from topics.exchange import Exchange, Random, Topic
from topics.facts import capital, definition, long_answer, parley, small_talk
from topics.fallback import fallback
from topics.formats import formatted
from topics.memory import memory, told_by_system

SEED = 1

# The share of conversations that start with each topic; later turns use the same weights.
SIMPLE: dict[Topic, float] = {
    parley: 0.26,
    small_talk: 0.165,
    definition: 0.14,
    fallback: 0.165,
    capital: 0.09,
    formatted: 0.065,
    echo: 0.045,
    counting: 0.045,
    long_answer: 0.025,
}
MEMORY_SHARE = 0.11
TOOLS_SHARE = 0.1
TITLE_SHARE = 0.07
NAMED_BY_SYSTEM_SHARE = 0.03
FURTHER_TURNS = [0, 0, 0, 0, 1, 1, 2, 2, 3, 4]
LONG_CHAT_SHARE = 0.01
LONG_MEMORY_SHARE = 0.06  # of the chats about memory: a name must be found far back, too
LONG_CHAT_TURNS = (8, 18)
LONGEST_TEXT = 6500  # characters, some 1,800 tokens: the context is 2,048

SYSTEM_PROMPTS = [
    "You are a helpful assistant.",
    "You are Parley, a private assistant that runs on the user's own computer.",
    "You are a friendly assistant. Answer briefly.",
    "Answer in Markdown. Be brief and honest.",
    "You are an assistant. Be concise and clear, and say so when you do not know something.",
    "You are a careful assistant. Keep answers short.",
    "Answer in one sentence.",
    "You are a pirate.",
    "Be nice.",
    "You help with everything and never lie.",
    "You are a helpful assistant in a private chat app. Answer clearly and use Markdown where it helps.",
]


def conversations(count: int, seed: int = SEED) -> Iterator[Conversation]:
    """Yield `count` conversations without any question of the evaluation."""
    choose = random.Random(seed)
    forbidden = held_out()
    made = 0
    while made < count:
        conversation = one_conversation(choose)
        if sum(len(message["content"]) for message in conversation.messages) > LONGEST_TEXT:
            continue
        asked = (message["content"] for message in conversation.messages if message["role"] == "user")
        if not any(normalised(text) in forbidden for text in asked):
            yield conversation
            made += 1


def one_conversation(choose: Random) -> Conversation:
    dice = choose.random()
    if dice < TOOLS_SHARE:
        return _with_tools(choose)
    if dice < TOOLS_SHARE + TITLE_SHARE:
        return _with_title(choose)
    if dice < TOOLS_SHARE + TITLE_SHARE + NAMED_BY_SYSTEM_SHARE:
        return _with_name_from_system(choose)
    if dice < TOOLS_SHARE + TITLE_SHARE + NAMED_BY_SYSTEM_SHARE + MEMORY_SHARE:
        turns = memory(choose, _some(choose, [0, 0, 1, 1, 2, 3], LONG_MEMORY_SHARE))
    else:
        turns = [_any(choose), *_some(choose, FURTHER_TURNS, LONG_CHAT_SHARE)]
    return Conversation(_system(choose) + _messages(turns))


def _some(choose: Random, usual: list[int], share_of_long_ones: float) -> list[Exchange]:
    many = choose.random() < share_of_long_ones
    return [_any(choose) for _ in range(choose.randint(*LONG_CHAT_TURNS) if many else choose.choice(usual))]


def _any(choose: Random) -> Exchange:
    if choose.random() < 0.04:
        return tools.without_tool(choose.choice(list(tools.ARGUMENTS)), choose)
    return _simple(choose)


def _messages(turns: list[Exchange]) -> list[Message]:
    return [
        message
        for turn in turns
        for message in ({"role": "user", "content": turn.asked}, {"role": "assistant", "content": turn.answer})
    ]


def _system(choose: Random) -> list[Message]:
    return [{"role": "system", "content": choose.choice(SYSTEM_PROMPTS)}] if choose.random() < 0.4 else []


def _with_title(choose: Random) -> Conversation:
    """A chat that is asked for its title, which the first exchange decides."""
    turns = [_any(choose) for _ in range(choose.choice([1, 1, 1, 2, 2, 3]))]
    if choose.random() < 0.2:
        turns = memory(choose, turns)
    asked = Exchange(TITLE_INSTRUCTION, turns[0].title, "")
    return Conversation(_system(choose) + _messages([*turns, asked]))


def _with_name_from_system(choose: Random) -> Conversation:
    between = [_any(choose) for _ in range(choose.choice([0, 0, 1, 1, 2]))]
    prompt, turns = told_by_system(choose, choose.choice(["", *SYSTEM_PROMPTS]), between)
    return Conversation([{"role": "system", "content": prompt}, *_messages(turns)])


def _with_tools(choose: Random) -> Conversation:
    """A chat with tools: mostly used, sometimes not needed, sometimes lacking the one that is needed."""
    needed = choose.choice([*tools.ARGUMENTS, None])
    offered = tools.some_tools(choose, needed)
    names = [tool["function"]["name"] for tool in offered if tool["function"]["name"] in tools.ARGUMENTS]
    messages: list[Message] = []
    for _ in range(choose.choice([1, 1, 1, 2, 2, 3])):
        if names and (needed or choose.random() < 0.5):
            messages += tools.use_of(needed or choose.choice(names), choose)
            needed = None
        else:
            missing = [name for name in tools.ARGUMENTS if name not in names and "add_task" not in names]
            lacks = missing and choose.random() < 0.2
            messages += _messages([tools.without_tool(choose.choice(missing), choose) if lacks else _simple(choose)])
    return Conversation(_system(choose) + messages, offered)


def _simple(choose: Random) -> Exchange:
    return choose.choices(list(SIMPLE), weights=list(SIMPLE.values()))[0](choose)
