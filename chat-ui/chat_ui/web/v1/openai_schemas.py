"""Requests and answers of the OpenAI-compatible addresses, with OpenAI's names."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from chat_ui.web.v1.json_values import plain_json, whole_number

Json = dict[str, Any]
HELLO = [{"role": "user", "content": "Hello"}]

TokensRead = Annotated[int, Field(description="tokens read", examples=[31])]
TokensWritten = Annotated[int, Field(description="tokens written", examples=[11])]
TokensTogether = Annotated[int, Field(description="tokens read and written", examples=[42])]


Whole = BeforeValidator(whole_number)
"""JSON knows one kind of numbers: 8.0 is an integer too."""
Tokens = Annotated[int, Whole, Field(ge=1)]
Seed = Annotated[int, Whole, Field(ge=-(2**63), lt=2**63)]
Stop = Annotated[str, Field(max_length=200)]


class RequestBody(BaseModel):
    """OpenAI's fields: these are passed to the model; others are accepted and have no effect.

    Null means that a field is left out.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, fields: Any) -> Any:
        return plain_json(fields)


class ResponseBody(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Message(BaseModel):
    """One turn; OpenAI's other fields of a message are passed to the model."""

    model_config = ConfigDict(frozen=True, extra="allow")

    role: Annotated[
        Literal["system", "developer", "user", "assistant", "tool"], Field(description="the author", examples=["user"])
    ]
    content: Annotated[
        str | list[Json] | None,
        Field(description="text, or parts with a `type`; null with tool calls", examples=["Hello"]),
    ] = None


class Function(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow")

    name: Annotated[
        str,
        Field(
            pattern="^[a-zA-Z0-9_-]{1,64}$",
            description="the name by which the model calls it",
            examples=["get_weather"],
        ),
    ]
    parameters: Annotated[
        Json | None, Field(description="JSON Schema of its arguments", examples=[{"type": "object"}])
    ] = None


class Tool(BaseModel):
    """A function that the model can call."""

    model_config = ConfigDict(frozen=True, extra="allow")

    type: Annotated[Literal["function"], Field(description="the type", examples=["function"])]
    function: Annotated[Function, Field(description="its name and arguments", examples=[{"name": "get_weather"}])]


class StreamOptions(BaseModel):
    model_config = ConfigDict(strict=True)

    include_usage: Annotated[bool | None, Field(description="report the usage in the last chunk", examples=[True])] = (
        None
    )


class CompletionRequest(RequestBody):
    """A request for a completion."""

    model: Annotated[str | None, Field(description="a name that `/v1/models` lists", examples=["qwen2.5-0.5b"])] = None
    messages: Annotated[list[Message], Field(min_length=1, description="the conversation so far", examples=[HELLO])]
    stream: Annotated[
        bool | None, Field(description="answer word by word, as server-sent events", examples=[False])
    ] = None
    stream_options: Annotated[
        StreamOptions | None, Field(description="options for `stream`", examples=[{"include_usage": True}])
    ] = None
    max_tokens: Annotated[Tokens | None, Field(description="the most tokens of the answer", examples=[256])] = None
    max_completion_tokens: Annotated[
        Tokens | None, Field(description="the newer name of `max_tokens`", examples=[256])
    ] = None
    temperature: Annotated[
        float | None, Field(ge=0, le=2, description="0: always the most likely token", examples=[0.7])
    ] = None
    top_p: Annotated[
        float | None,
        Field(ge=0, le=1, description="sample from the most likely tokens with this total probability", examples=[0.9]),
    ] = None
    frequency_penalty: Annotated[
        float | None, Field(ge=-2, le=2, description="penalise tokens by their frequency so far", examples=[0.0])
    ] = None
    presence_penalty: Annotated[
        float | None, Field(ge=-2, le=2, description="penalise tokens that have already appeared", examples=[0.0])
    ] = None
    seed: Annotated[
        Seed | None, Field(description="the same seed gives the same answer; any 64-bit integer", examples=[7])
    ] = None
    stop: Annotated[
        Stop | Annotated[list[Stop], Field(max_length=4)] | None,
        Field(description="texts of at most 200 characters that end the answer; at most 4", examples=[["\n\n"]]),
    ] = None
    n: Annotated[
        Annotated[int, Whole, Field(ge=1, le=1)] | None,
        Field(description="number of answers; only one is supported", examples=[1]),
    ] = None
    logprobs: Annotated[bool | None, Field(description="report each token's log probability", examples=[False])] = None
    top_logprobs: Annotated[
        Annotated[int, Whole, Field(ge=0, le=20)] | None,
        Field(description="how many alternative tokens to report", examples=[2]),
    ] = None
    response_format: Annotated[
        Json | None,
        Field(description="`text`, `json_object`, or `json_schema` with a schema", examples=[{"type": "text"}]),
    ] = None
    tools: Annotated[
        list[Tool] | None, Field(max_length=128, description="functions that the model can call", examples=[[]])
    ] = None
    tool_choice: Annotated[
        Literal["none", "auto", "required"] | Json | None,
        Field(description="whether the model can or must call a function, or which one", examples=["auto"]),
    ] = None
    parallel_tool_calls: Annotated[bool | None, Field(description="allow several calls at once", examples=[False])] = (
        None
    )

    def upstream_fields(self) -> Json:
        own = {"stream", "stream_options", "n"}
        return self.model_dump(exclude_none=True, exclude=own)

    @property
    def wants_usage(self) -> bool:
        return bool(self.stream_options and self.stream_options.include_usage)


def _not_in_background(background: bool | None) -> bool | None:  # noqa: FBT001 - a validator's signature is pydantic's
    if background:
        raise ValueError("must be false: nothing is stored here. Use /v1/chat for replies in the background")
    return background


class ResponseRequest(RequestBody):
    """A request for a response."""

    model: Annotated[str | None, Field(description="a name that `/v1/models` lists", examples=["qwen2.5-0.5b"])] = None
    input: Annotated[
        str | Annotated[list[Json], Field(min_length=1)],
        Field(description="a text, or the items of the conversation so far", examples=["Hello"]),
    ]
    instructions: Annotated[
        str | None, Field(description="instructions for the model", examples=["Answer in one sentence."])
    ] = None
    stream: Annotated[
        bool | None, Field(description="answer word by word, as server-sent events", examples=[False])
    ] = None
    max_output_tokens: Annotated[Tokens | None, Field(description="the most tokens of the answer", examples=[256])] = (
        None
    )
    temperature: Annotated[
        float | None, Field(ge=0, le=2, description="0: always the most likely token", examples=[0.7])
    ] = None
    top_p: Annotated[
        float | None,
        Field(ge=0, le=1, description="sample from the most likely tokens with this total probability", examples=[0.9]),
    ] = None
    tools: Annotated[
        list[Json] | None, Field(max_length=128, description="functions that the model can call", examples=[[]])
    ] = None
    tool_choice: Annotated[
        Literal["none", "auto", "required"] | Json | None,
        Field(description="whether the model can or must call a function, or which one", examples=["auto"]),
    ] = None
    parallel_tool_calls: Annotated[bool | None, Field(description="allow several calls at once", examples=[False])] = (
        None
    )
    text: Annotated[
        Json | None,
        Field(description="`format` of the answer, as far as the model server supports it", examples=[{}]),
    ] = None
    previous_response_id: Annotated[
        None,
        Field(description="must be null: nothing is stored, so `input` holds the whole conversation", examples=[None]),
    ] = None
    background: Annotated[
        bool | None,
        Field(description="must be false: nothing is stored; use `/v1/chat` instead", examples=[False]),
        AfterValidator(_not_in_background),
    ] = None

    def upstream_fields(self) -> Json:
        return self.model_dump(exclude_none=True, exclude={"stream", "background"})


class Usage(ResponseBody):
    prompt_tokens: TokensRead
    completion_tokens: TokensWritten
    total_tokens: TokensTogether


class Completion(ResponseBody):
    id: Annotated[str, Field(description="the answer's id", examples=["chatcmpl-7Jq"])]
    object: Annotated[Literal["chat.completion"], Field(description="the type", examples=["chat.completion"])]
    created: Annotated[int, Field(description="seconds since 1970", examples=[1795237989])]
    model: Annotated[str, Field(description="the model that wrote it", examples=["qwen2.5-0.5b"])]
    choices: Annotated[
        list[Json],
        Field(description="one choice: `message` with `content` or `tool_calls`, and `finish_reason`", examples=[[]]),
    ]
    usage: Annotated[Usage, Field(description="tokens used", examples=[{}])]


class ResponseUsage(ResponseBody):
    input_tokens: TokensRead
    output_tokens: TokensWritten
    total_tokens: TokensTogether


class ResponseObject(ResponseBody):
    id: Annotated[str, Field(description="the answer's id", examples=["resp_7Jq"])]
    object: Annotated[Literal["response"], Field(description="the type", examples=["response"])]
    created_at: Annotated[int, Field(description="seconds since 1970", examples=[1795237989])]
    model: Annotated[str, Field(description="the model that wrote it", examples=["qwen2.5-0.5b"])]
    status: Annotated[str, Field(description="how the answer ended", examples=["completed"])]
    output: Annotated[list[Json], Field(description="`message` and `function_call` items", examples=[[]])]
    usage: Annotated[ResponseUsage, Field(description="tokens used", examples=[{}])]


class ModelEntry(ResponseBody):
    id: Annotated[str, Field(description="the model's short name", examples=["qwen2.5-0.5b"])]
    object: Annotated[Literal["model"], Field(description="the type", examples=["model"])] = "model"
    created: Annotated[int, Field(description="seconds since 1970", examples=[1700000000])] = 0
    owned_by: Annotated[str, Field(description="the owner", examples=["parley"])] = "parley"


class ModelList(ResponseBody):
    object: Annotated[Literal["list"], Field(description="the type", examples=["list"])] = "list"
    data: Annotated[list[ModelEntry], Field(description="one entry: the model that answers here", examples=[[]])]
