"""The base class of values that are parsed from JSON."""

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """An immutable value; fields that it does not know are ignored, so that a newer service may send them."""

    model_config = ConfigDict(frozen=True, extra="ignore")
