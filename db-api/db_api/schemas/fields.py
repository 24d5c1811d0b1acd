"""What the schemas share: their two bases, and fields with the bounds that they have everywhere."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, model_validator

from db_api.text import check_storable

# A person's or program's text: a hard cap, chat-ui has its own below it.
MAX_CONTENT_CHARS = 100_000

Content = Annotated[str, Field(min_length=1, max_length=MAX_CONTENT_CHARS)]
ReplyText = Annotated[str, Field(max_length=1_000_000)]
Name = Annotated[str, Field(min_length=1, max_length=100)]
Title = Annotated[str, Field(min_length=1, max_length=200)]
Sentence = Annotated[str, Field(max_length=2_000)]
TokenCount = Annotated[int, Field(ge=0, lt=2**31)]
# What the model server measured: flat, and in numbers that JSON has.
Timings = dict[str, FiniteFloat | int | str | bool | None]
Position = Annotated[int, Field(ge=0, lt=2**31)]


class Incoming(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _refuse_what_postgres_cannot_store(cls, data: Any) -> Any:
        check_storable(data)
        return data


class Outgoing(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)
