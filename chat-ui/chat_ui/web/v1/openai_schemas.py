"""What the OpenAI-compatible addresses take and give, in OpenAI's own names."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Json = dict[str, Any]
HELLO = [{"role": "user", "content": "Hello"}]

TokensRead = Annotated[int, Field(description="tokens read", examples=[31])]
TokensWritten = Annotated[int, Field(description="tokens written", examples=[11])]
TokensTogether = Annotated[int, Field(description="tokens together", examples=[42])]


class Given(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Message(BaseModel):
    """One turn; what else OpenAI's API knows of a message is handed through."""

    model_config = ConfigDict(frozen=True, extra="allow")

    role: Annotated[
        Literal["system", "developer", "user", "assistant", "tool"], Field(description="who says it", examples=["user"])
    ]
    content: Annotated[
        str | list[Json] | None,
        Field(description="text, or parts with a `type`; null beside tool calls", examples=["Hello"]),
    ] = None


class Function(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow")

    name: Annotated[
        str, Field(pattern="^[a-zA-Z0-9_-]{1,64}$", description="what the model calls it by", examples=["get_weather"])
    ]
    parameters: Annotated[
        Json | None, Field(description="JSON schema of its arguments", examples=[{"type": "object"}])
    ] = None


class Tool(BaseModel):
    """A function that the model may call."""

    model_config = ConfigDict(frozen=True, extra="allow")

    type: Annotated[Literal["function"], Field(description="what it is", examples=["function"])]
    function: Annotated[Function, Field(description="its name and arguments", examples=[{"name": "get_weather"}])]


class StreamOptions(BaseModel):
    model_config = ConfigDict(strict=True)

    include_usage: Annotated[bool, Field(description="the last chunk tells the usage", examples=[True])] = False


class CompletionRequest(BaseModel):
    """OpenAI's own fields, of which these are handed through to the model; others are taken and have no effect."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    model: Annotated[
        str, Field(description="the one that `/v1/models` names; there is no other", examples=["qwen2.5-0.5b"])
    ] = ""
    messages: Annotated[list[Message], Field(min_length=1, description="the conversation so far", examples=[HELLO])]
    stream: Annotated[bool, Field(description="word by word, as server-sent events", examples=[False])] = False
    stream_options: Annotated[
        StreamOptions | None, Field(description="for `stream`", examples=[{"include_usage": True}])
    ] = None
    max_tokens: Annotated[int | None, Field(ge=1, description="tokens of the answer, at most", examples=[256])] = None
    max_completion_tokens: Annotated[
        int | None, Field(ge=1, description="tokens of the answer, at most; newer name", examples=[256])
    ] = None
    temperature: Annotated[
        float | None, Field(ge=0, le=2, description="0: always the likeliest word", examples=[0.7])
    ] = None
    top_p: Annotated[
        float | None, Field(ge=0, le=1, description="share of likelihood that is chosen from", examples=[0.9])
    ] = None
    frequency_penalty: Annotated[
        float | None, Field(ge=-2, le=2, description="against words by how often they came", examples=[0.0])
    ] = None
    presence_penalty: Annotated[
        float | None, Field(ge=-2, le=2, description="against words that came at all", examples=[0.0])
    ] = None
    seed: Annotated[
        int | None, Field(ge=0, lt=2**32, description="the same seed gives the same answer", examples=[7])
    ] = None
    stop: Annotated[
        str | Annotated[list[str], Field(max_length=4)] | None,
        Field(description="where the answer ends; at most 4 of them", examples=[["\n\n"]]),
    ] = None
    n: Annotated[int, Field(ge=1, le=1, description="answers: one", examples=[1])] = 1
    logprobs: Annotated[bool | None, Field(description="tell each token's likelihood", examples=[False])] = None
    top_logprobs: Annotated[
        int | None, Field(ge=0, le=20, description="how many other tokens with theirs", examples=[2])
    ] = None
    response_format: Annotated[
        Json | None, Field(description="`json_object`, or `json_schema` with a schema", examples=[{"type": "text"}])
    ] = None
    tools: Annotated[
        list[Tool] | None, Field(max_length=128, description="functions that the model may call", examples=[[]])
    ] = None
    tool_choice: Annotated[
        Literal["none", "auto", "required"] | Json | None,
        Field(description="whether it may, must, or which", examples=["auto"]),
    ] = None
    parallel_tool_calls: Annotated[bool | None, Field(description="several at once", examples=[False])] = None

    def handed_through(self) -> Json:
        own = {"stream", "stream_options", "n"}
        return self.model_dump(exclude_none=True, exclude=own)

    @property
    def wants_usage(self) -> bool:
        return bool(self.stream_options and self.stream_options.include_usage)


def _in_the_foreground(background: bool | None) -> bool | None:  # noqa: FBT001 - a validator's signature is pydantic's
    if background:
        raise ValueError("nothing is stored here; /v1/chat answers in the background")
    return background


class ResponseRequest(BaseModel):
    """OpenAI's own fields, of which these are handed through to the model; others are taken and have no effect."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    model: Annotated[
        str, Field(description="the one that `/v1/models` names; there is no other", examples=["qwen2.5-0.5b"])
    ] = ""
    input: Annotated[
        str | Annotated[list[Json], Field(min_length=1)],
        Field(description="a text, or the items of the conversation so far", examples=["Hello"]),
    ]
    instructions: Annotated[
        str | None, Field(description="what the model is told first", examples=["Answer in one sentence."])
    ] = None
    stream: Annotated[bool, Field(description="word by word, as server-sent events", examples=[False])] = False
    max_output_tokens: Annotated[
        int | None, Field(ge=1, description="tokens of the answer, at most", examples=[256])
    ] = None
    temperature: Annotated[
        float | None, Field(ge=0, le=2, description="0: always the likeliest word", examples=[0.7])
    ] = None
    top_p: Annotated[
        float | None, Field(ge=0, le=1, description="share of likelihood that is chosen from", examples=[0.9])
    ] = None
    tools: Annotated[
        list[Json] | None, Field(max_length=128, description="functions that the model may call", examples=[[]])
    ] = None
    tool_choice: Annotated[
        Literal["none", "auto", "required"] | Json | None,
        Field(description="whether it may, must, or which", examples=["auto"]),
    ] = None
    parallel_tool_calls: Annotated[bool | None, Field(description="several at once", examples=[False])] = None
    text: Annotated[
        Json | None,
        Field(description="`format` of the answer, as far as the model server knows it", examples=[{}]),
    ] = None
    previous_response_id: Annotated[
        None, Field(description="null: nothing is stored, so `input` has it all", examples=[None])
    ] = None
    background: Annotated[
        bool | None,
        Field(description="only false: nothing is stored; `/v1/chat` has it", examples=[False]),
        AfterValidator(_in_the_foreground),
    ] = None

    def handed_through(self) -> Json:
        return self.model_dump(exclude_none=True, exclude={"stream", "background"})


class Usage(Given):
    prompt_tokens: TokensRead
    completion_tokens: TokensWritten
    total_tokens: TokensTogether


class Completion(Given):
    id: Annotated[str, Field(description="of this answer", examples=["chatcmpl-7Jq"])]
    object: Annotated[Literal["chat.completion"], Field(description="what this is", examples=["chat.completion"])]
    created: Annotated[int, Field(description="seconds since 1970", examples=[1795237989])]
    model: Annotated[str, Field(description="which model wrote it", examples=["qwen2.5-0.5b"])]
    choices: Annotated[
        list[Json],
        Field(description="one: `message` with `content` or `tool_calls`, and `finish_reason`", examples=[[]]),
    ]
    usage: Annotated[Usage, Field(description="what it cost", examples=[{}])]


class ResponseUsage(Given):
    input_tokens: TokensRead
    output_tokens: TokensWritten
    total_tokens: TokensTogether


class ResponseObject(Given):
    id: Annotated[str, Field(description="of this answer", examples=["resp_7Jq"])]
    object: Annotated[Literal["response"], Field(description="what this is", examples=["response"])]
    created_at: Annotated[int, Field(description="seconds since 1970", examples=[1795237989])]
    model: Annotated[str, Field(description="which model wrote it", examples=["qwen2.5-0.5b"])]
    status: Annotated[str, Field(description="how it ended", examples=["completed"])]
    output: Annotated[list[Json], Field(description="`message` and `function_call` items", examples=[[]])]
    usage: Annotated[ResponseUsage, Field(description="what it cost", examples=[{}])]


class ModelEntry(Given):
    id: Annotated[str, Field(description="its short name", examples=["qwen2.5-0.5b"])]
    object: Annotated[Literal["model"], Field(description="what this is", examples=["model"])] = "model"
    created: Annotated[int, Field(description="seconds since 1970", examples=[1700000000])] = 0
    owned_by: Annotated[str, Field(description="who serves it", examples=["parley"])] = "parley"


class ModelList(Given):
    object: Annotated[Literal["list"], Field(description="what this is", examples=["list"])] = "list"
    data: Annotated[list[ModelEntry], Field(description="one: the model that answers here", examples=[[]])]
