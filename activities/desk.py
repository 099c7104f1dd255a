"""Draw up a paper for an authority from the facts, freeze it, and send it."""

from domain.facts import GradeAssessed
from domain.line import Instant
from domain.model import Value
from domain.organisation import Organisation
from domain.state import Known


class DutyLine(Value):
    """One duty that the paper answers."""

    key: str
    title: str
    article: str
    recipient: str
    due_at: Instant | None = None


class Draft(Value):
    """What a paper is drawn from: the facts as they stand."""

    incident: str
    number: int
    form: str
    duties: tuple[DutyLine, ...]
    facts: dict[str, Known]
    organisation: Organisation
    grade: GradeAssessed | None = None
    opened_at: Instant
    severity: int
    steps: dict[str, str]
    at: Instant
    drill: bool


class Drafted(Value):
    """The frozen content's hash, and the ids of fields that have no fact yet."""

    sha256: str
    missing: tuple[str, ...]


class Send(Value):
    """A frozen paper to be sent to an authority; `idempotency` is the same for every attempt."""

    incident: str
    number: int
    authority: str
    sha256: str
    idempotency: str
    drill: bool


class Sent(Value):
    """Whether the receiving server took it, and its code; `unknown.*` means that nobody can tell."""

    ok: bool
    code: str
