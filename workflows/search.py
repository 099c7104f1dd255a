"""The one list of search attributes: what an operator filters and sorts by in Temporal.

Search attributes are stored unencrypted, so they carry phases, grades, instants and counts, and
never anything about a person or a host. `service/registration.py` registers exactly `ATTRIBUTES`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from temporalio.common import SearchAttributeKey

PHASE: Final[SearchAttributeKey[str]] = SearchAttributeKey.for_keyword("IncidentPhase")
SEVERITY: Final[SearchAttributeKey[str]] = SearchAttributeKey.for_keyword("Severity")
REGULATOR: Final[SearchAttributeKey[str]] = SearchAttributeKey.for_keyword("Regulator")
JURISDICTIONS: Final[SearchAttributeKey[Sequence[str]]] = SearchAttributeKey.for_keyword_list("Jurisdictions")
DEADLINE: Final[SearchAttributeKey[datetime]] = SearchAttributeKey.for_datetime("Deadline")
AFFECTED: Final[SearchAttributeKey[int]] = SearchAttributeKey.for_int("Affected")
DRILL: Final[SearchAttributeKey[bool]] = SearchAttributeKey.for_bool("Drill")

ATTRIBUTES: Final[tuple[SearchAttributeKey[Any], ...]] = (
    PHASE,
    SEVERITY,
    REGULATOR,
    JURISDICTIONS,
    DEADLINE,
    AFFECTED,
    DRILL,
)
