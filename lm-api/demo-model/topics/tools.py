"""Tools: when to call which, with what argument, and how to answer from what comes back."""

import json
from typing import Any

from chat_format import Message
from phrasing import Random, as_typed, phrase
from topics.exchange import FRAMES, Exchange
from words import words

DESCRIPTIONS = {
    "get_weather": [
        "Get the current weather for a city",
        "Current weather in a city",
        "Returns the weather of a city",
        "Look up the weather",
        "Weather report",
        "Get weather by city name",
    ],
    "list_tasks": [
        "List all tasks",
        "List the user's tasks",
        "Returns the open tasks",
        "Show the to-do list",
        "Get tasks",
        "All tasks of the user",
    ],
    "add_task": [
        "Add a task",
        "Add a task to the list",
        "Create a new task",
        "Adds a task to the to-do list",
        "Save a task",
        "Add a to-do",
    ],
}
ARGUMENTS = {"get_weather": "city", "list_tasks": None, "add_task": "title"}
ARGUMENT_DESCRIPTIONS = {
    "city": ["Name of the city", "The city", "City name", "City, for example Paris"],
    "title": ["Title of the task", "What to do", "The task", "The title"],
}
# Other people's tools, which the model sees beside its own and leaves alone.
STRANGERS = [
    ("get_time", "zone"),
    ("search_web", "query"),
    ("send_email", "to"),
    ("play_music", "song"),
    ("get_stock_price", "symbol"),
]


def tool(name: str, argument: str | None, description: str, choose: Random) -> dict[str, Any]:
    described = choose.random() < 0.6
    properties: dict[str, Any] = {}
    if argument:
        properties[argument] = {"type": "string"}
        if described:
            properties[argument]["description"] = choose.choice(
                ARGUMENT_DESCRIPTIONS.get(argument, [f"The {argument}"])
            )
    parameters: dict[str, Any] = {"type": "object", "properties": properties}
    if argument and choose.random() < 0.8:
        parameters["required"] = [argument]
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}


def some_tools(choose: Random, needed: str | None) -> list[dict[str, Any]]:
    names = [name for name in ARGUMENTS if name == needed or choose.random() < 0.75]
    offered = [tool(name, ARGUMENTS[name], choose.choice(DESCRIPTIONS[name]), choose) for name in names]
    if choose.random() < 0.15 or not offered:
        name, argument = choose.choice(STRANGERS)
        offered.append(tool(name, argument, f"Tool to {name.replace('_', ' ')}", choose))
    choose.shuffle(offered)
    return offered


def task_title(choose: Random) -> str:
    verb, thing = choose.choice(words("verbs")), choose.choice(words("things"))
    if verb == "call" or choose.random() < 0.1:
        return f"{choose.choice(['call', 'visit', 'email'])} {choose.choice(words('names'))}"
    words_before = choose.choice(["", "", "the ", "the ", "my ", "some "])
    when = f" {choose.choice(words('times'))}" if choose.random() < 0.2 else ""
    return f"{verb} {words_before}{thing}{when}"


def call(name: str, arguments: dict[str, str]) -> Message:
    return {
        "role": "assistant",
        "content": "",
        "tool_calls": [{"type": "function", "function": {"name": name, "arguments": arguments}}],
    }


def use_of(name: str, choose: Random) -> list[Message]:
    """A question, the call, its result and the answer."""
    return {"get_weather": _weather, "list_tasks": _list, "add_task": _add}[name](choose)


def _weather(choose: Random) -> list[Message]:
    city = choose.choice(words("cities"))
    asked = as_typed(phrase(choose.choice(FRAMES["tools"]["get_weather"]), choose), choose, city=city)
    degrees, sky = choose.randint(1, 35), choose.choice(words("conditions"))
    result = choose.choice(
        [
            json.dumps({"city": city, "temperature": degrees, "condition": sky}),
            json.dumps({"temperature": degrees, "condition": sky}),
            json.dumps({"city": city, "condition": sky, "temperature_c": degrees}),
            json.dumps({"city": city, "temp": degrees, "sky": sky}),
            f"{sky}, {degrees} °C",
            f"{city}: {degrees} °C, {sky}",
            f"{degrees} degrees and {sky}",
            f"It is {sky} in {city}, {degrees} °C.",
        ]
    )
    return [
        {"role": "user", "content": asked},
        call("get_weather", {"city": city}),
        {"role": "tool", "content": result},
        {"role": "assistant", "content": f"In {city} it is {sky}, at {degrees} °C."},
    ]


def _list(choose: Random) -> list[Message]:
    titles = [task_title(choose) for _ in range(choose.choice([0, 1, 1, 2, 2, 2, 3, 3, 3, 4]))]
    result = choose.choice(
        [
            json.dumps(titles),
            json.dumps({"tasks": titles}),
            json.dumps([{"id": number, "title": title} for number, title in enumerate(titles, 1)]),
            json.dumps({"tasks": [{"title": title} for title in titles]}),
            "\n".join(f"- {title}" for title in titles) or "no tasks",
            "\n".join(f"{number}. {title}" for number, title in enumerate(titles, 1)) or "none",
        ]
    )
    answer = "Your tasks:\n\n" + "\n".join(f"- {title}" for title in titles) if titles else "You have no tasks."
    return [
        {"role": "user", "content": as_typed(phrase(choose.choice(FRAMES["tools"]["list_tasks"]), choose), choose)},
        call("list_tasks", {}),
        {"role": "tool", "content": result},
        {"role": "assistant", "content": answer},
    ]


def _add(choose: Random) -> list[Message]:
    title = task_title(choose)
    asked = as_typed(phrase(choose.choice(FRAMES["tools"]["add_task"]), choose), choose, title=title)
    result = choose.choice(
        [
            json.dumps({"ok": True}),
            json.dumps({"id": choose.randint(1, 99), "title": title}),
            "ok",
            "done",
            "added",
            f"Added: {title}",
            json.dumps({"status": "created"}),
        ]
    )
    return [
        {"role": "user", "content": asked},
        call("add_task", {"title": title}),
        {"role": "tool", "content": result},
        {"role": "assistant", "content": f"I have added the task: {title}."},
    ]


def without_tool(name: str, choose: Random) -> Exchange:
    """The same wishes where the tool is not on offer: the model says so instead of inventing a result."""
    frames = [frame for frame in FRAMES["tools"][name] if not frame.startswith("and in")]
    slots = {"city": choose.choice(words("cities")), "title": task_title(choose)}
    asked = as_typed(phrase(choose.choice(frames), choose), choose, **slots)
    if name == "get_weather":
        answer = "I cannot look up the weather: no tool for it is connected to this chat."
        return Exchange(asked, answer, "The weather")
    answer = "I cannot reach a list of tasks: no tool for it is connected to this chat."
    return Exchange(asked, answer, "A list of tasks")
