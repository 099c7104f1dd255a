"""How a process answers for what went wrong: one sentence, one code, never a stack of them."""

import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

FAULT: Final = 70
# By name, because importing what raises them would cost every command the time of all.
EXIT_CODES: Final[Mapping[str, int]] = {
    "domain.refusal.Refused": 1,
    "domain.term.FactInvalid": 2,
    "ledger.errors.LedgerUnavailable": 4,
    "ledger.errors.KeyUnavailable": 6,
    "ledger.errors.LedgerError": 4,
    "notifiers.errors.Misconfigured": 6,
    "notifiers.errors.NotifierError": 4,
    "playbooks.casefile.CaseInvalid": 2,
    "playbooks.invalid.PackInvalid": 6,
    "service.settings_error.SettingsError": 6,
    "service.temporal_error.TemporalError": 4,
}
_DESK: Final[Mapping[str, int]] = {
    "desk.no_operator": 2,
    "desk.unknown_operator": 2,
    "desk.no_incident": 3,
    "desk.outcome_unknown": 4,
    "desk.failed": FAULT,
}
_TOOLS = ("click", "typer")


@contextmanager
def answered(say: Callable[[str], None], *, debug: bool = False) -> Iterator[None]:
    """Turn whatever is raised inside into one sentence and an exit code.

    Args:
        say: writes a line where people look for what went wrong.
        debug: whether a fault of ours also shows its traceback.

    Raises:
        SystemExit: with the code of `docs/cli-guide.md`.

    """
    try:
        yield
    except Exception as error:
        if type(error).__module__.split(".")[0] in _TOOLS or isinstance(error, BrokenPipeError):
            raise
        code, sentence = told(error)
        say(sentence)
        if code == FAULT and debug:
            traceback.print_exception(error, file=sys.stderr)
        raise SystemExit(code) from error


def told(error: BaseException) -> tuple[int, str]:
    """Say an error in one sentence, with its code in brackets, and give the exit code."""
    if isinstance(error, BaseExceptionGroup):
        return told(error.exceptions[0])
    exit_code = _exit_code(error)
    if exit_code is None:
        kind = type(error).__name__
        return (
            FAULT,
            f"Something is wrong with Tocsin itself ({kind}); run it again with --debug to see where.",
        )
    name, words = str(getattr(error, "code", "")), str(error)
    if detail := str(getattr(error, "detail", "")):
        words = f"{detail[:1].upper()}{detail[1:]}."
    return exit_code, f"{words} [{name}]" if name else words


def _exit_code(error: BaseException) -> int | None:
    own = getattr(error, "exit_code", None)
    if isinstance(own, int):
        return int(own)
    if str(getattr(error, "code", "")) in _DESK:
        return _DESK[str(getattr(error, "code", ""))]
    names = (f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__)
    return next((EXIT_CODES[name] for name in names if name in EXIT_CODES), None)
