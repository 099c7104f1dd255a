"""Which duty is meant: keys may be cut short as long as one open duty only fits."""

from collections.abc import Iterable

from cli.stop import Exit, Stop
from domain.facts import By, DutyKey
from domain.state import Duty, State


def duty_of(state: State, text: str) -> Duty:
    """Find the duty that a text names: `CN-X-4`, `CN-X-4/authority` or the whole key.

    A whole key finds settled duties too; anything shorter means an open one.

    Raises:
        Stop: nothing or more than one thing fits.

    """
    exact = state.duties.get(text)
    if exact:
        return exact
    wanted = text.casefold()
    unsettled = [duty for duty in state.duties.values() if not duty.settled]
    for fits in (_id, _begins):
        found = [duty for duty in unsettled if fits(str(duty.key).casefold(), wanted)]
        if len(found) == 1:
            return found[0]
        if found:
            raise Stop("cli.ambiguous", f"{text} may be {_named(found)}: write more of it.", Exit.USAGE)
    settled = [duty for duty in state.duties.values() if _id(str(duty.key).casefold(), wanted)]
    if settled:
        last = settled[-1]
        raise Stop("duty_settled", f"{last.key} is settled already ({last.status}).", Exit.REFUSED)
    known = _named(unsettled) or "none open"
    raise Stop("cli.not_found", f"{state.incident} has no duty {text}; it has {known}.", Exit.NOT_FOUND)


def chosen(state: State, texts: Iterable[str], by: By) -> tuple[DutyKey, ...]:
    """Find the duties that are named; where none is, those owed by these means, else those that may be."""
    named = tuple(duty_of(state, text).key for text in texts)
    may = [duty for duty in state.duties.values() if duty.by == by and duty.status == "open"]
    owed = [duty for duty in may if duty.terms.answer == "owed"]
    return named or tuple(duty.key for duty in owed or may)


def _id(key: str, wanted: str) -> bool:
    return key == wanted or key.startswith(f"{wanted}/")


def _begins(key: str, wanted: str) -> bool:
    return key.startswith(wanted)


def _named(duties: Iterable[Duty]) -> str:
    return ", ".join(str(duty.key) for duty in duties)
