"""The bases of the schemas, and field types with their limits."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, FiniteFloat, model_validator

from db_api.text import check_storable, compose

# A hard limit for the text of a user or a program; chat-ui enforces its own below it.
MAX_CONTENT_CHARS = 100_000

# Two spellings of one text are stored as one. Before the limits: composing may also lengthen a text.
Composed = BeforeValidator(compose)

Content = Annotated[str, Field(min_length=1, max_length=MAX_CONTENT_CHARS), Composed]
ReplyText = Annotated[str, Field(max_length=1_000_000)]
Name = Annotated[str, Field(min_length=1, max_length=100), Composed]
Title = Annotated[str, Field(min_length=1, max_length=200), Composed]
ModelName = Annotated[str, Field(max_length=200)]
Sentence = Annotated[str, Field(max_length=2_000)]
TokenCount = Annotated[int, Field(ge=0, lt=2**31)]
# The model server's measurements: flat, and with numbers that JSON can represent.
Timings = dict[str, FiniteFloat | int | str | bool | None]
Position = Annotated[int, Field(ge=0, lt=2**31)]


class Strict(BaseModel):
    """A part of a request body."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Incoming(Strict):
    """A request body. Its text is checked once, parts included."""

    @model_validator(mode="before")
    @classmethod
    def _refuse_what_postgres_cannot_store(cls, data: Any) -> Any:
        check_storable(data)
        return data


class Outgoing(BaseModel):
    """A response body; every field is always present."""

    model_config = ConfigDict(frozen=True, from_attributes=True, json_schema_serialization_defaults_required=True)
