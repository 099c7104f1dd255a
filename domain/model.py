"""What every value that crosses a border shares: frozen, and deaf to fields it does not know."""

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """An immutable value; unknown fields from newer writers are ignored, so old readers go on."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Happened(Value):
    """The body of a fact; its class name, a past participle, is the fact's type in the ledger."""
