"""What every value that crosses a border shares: frozen, and deaf to fields it does not know."""

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """An immutable value; unknown fields from newer writers are ignored, so old readers go on."""

    model_config = ConfigDict(frozen=True, extra="ignore")
