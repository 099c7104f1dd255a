"""How values that travel with every incident keep their JSON small."""

from typing import Any

from pydantic import ConfigDict, SerializerFunctionWrapHandler, model_serializer

from domain.model import Value


class Lean(Value):
    """A value whose JSON leaves out what is not said, and is always written in its published names."""

    model_config = ConfigDict(validate_by_name=True)

    @model_serializer(mode="wrap")
    def _lean(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        fields = type(self).model_fields
        return {
            (fields[key].alias or key) if key in fields else key: item
            for key, item in write(self).items()
            if item not in (None, (), [])
        }
