"""The registry: which adapters and carriers there are; each lives in one file and registers here by name."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from intake.adapters import eventbridge, guardduty, ocsf
from intake.adapters.finding import Adapter, Unwrapping

ADAPTERS: Final[Mapping[str, Adapter]] = MappingProxyType(
    {"guardduty": guardduty.read, "ocsf": ocsf.read},
)
CARRIERS: Final[Mapping[str, Unwrapping]] = MappingProxyType({"eventbridge": eventbridge.unwrap})
