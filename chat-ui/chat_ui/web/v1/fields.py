"""Field types that the schemas of `/v1` share, each with its unit and an example."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Path
from pydantic import AfterValidator, Field

from chat_ui.errors import InvalidText
from chat_ui.text import LONGEST_TITLE_CHARS, clean_line

AN_ID = "01a1fab6-0984-7b35-a3ea-9ed52e0235f9"
A_CURSOR = f"0.1795237989000000.{AN_ID}"

NO_NUL = {"pattern": "^[^\\u0000]*$"}
_INVISIBLE = (
    "\\u0000-\\u0020\\u007f-\\u00a0\\u00ad\\u034f\\u0600-\\u0605\\u061c\\u06dd\\u070f\\u0890\\u0891\\u08e2\\u115f\\u1160"
    "\\u1680\\u17b4\\u17b5\\u180b-\\u180f\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u2800\\u3000\\u3164\\ufe00-\\ufe0f\\ufeff"
    "\\uffa0\\ufff0-\\ufffb"
)
NOT_BLANK = {"pattern": f"^[^\\u0000]*[^{_INVISIBLE}][^\\u0000]*$"}
"""Only for the document: `text.clean` checks these rules and explains a violation."""

CURSOR = {"pattern": "^[01][.][0-9]{1,16}[.][0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"}


def _title(text: str) -> str:
    try:
        return clean_line(text, what="The title", limit=LONGEST_TITLE_CHARS)
    except InvalidText as error:
        raise ValueError(str(error)) from error


AnId = Annotated[UUID, Field(description="UUID", examples=[AN_ID])]
Time = Annotated[datetime, Field(description="RFC 3339, UTC", examples=["2026-11-20T20:37:00Z"])]
Question = Annotated[
    str,
    Field(
        min_length=1,
        description="Markdown, in characters (Unicode code points) "
        "without the blank lines before it and the white space after it",
        examples=["How far is the moon?"],
        json_schema_extra=NOT_BLANK,
    ),
]
"""`openapi_document` adds its `maxLength`, the setting MAX_MESSAGE_CHARS."""

Title = Annotated[
    str,
    Field(
        min_length=1,
        max_length=LONGEST_TITLE_CHARS,
        description="1 to 200 characters, on one line",
        examples=["The moon"],
        json_schema_extra=NOT_BLANK,
    ),
    AfterValidator(_title),
]
Text = Annotated[str, Field(description="Markdown", examples=["About 384,000 km."])]
Reasoning = Annotated[
    str | None,
    Field(
        description="the model's thoughts before its answer; null without any", examples=["The mean distance, then."]
    ),
]
TokensRead = Annotated[int | None, Field(description="tokens of the prompt; null until known", examples=[31])]
TokensWritten = Annotated[int | None, Field(description="tokens of the reply; null until known", examples=[11])]
FinishReason = Annotated[
    str | None,
    Field(description="`stop`: the model finished; `length`: cut off; null until the reply ends", examples=["stop"]),
]
WhyFailed = Annotated[
    str | None,
    Field(description="why the reply failed; null otherwise", examples=["The language model is unavailable."]),
]
ModelName = Annotated[str | None, Field(description="the model that wrote it", examples=["qwen2.5-0.5b"])]

ConversationId = Annotated[UUID, Path(description="the conversation's UUID", examples=[AN_ID])]
ReplyId = Annotated[UUID, Path(description="the UUID of a reply of this conversation", examples=[AN_ID])]
