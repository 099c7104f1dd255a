"""Why an order could not be handed in, and who may hand one in."""

from collections.abc import Collection


class DeskError(Exception):
    """An order that could not be handed over, or whose answer is missing.

    Codes: `desk.no_operator` (no handle was given), `desk.unknown_operator` (the settings have no such
    handle), `desk.no_incident` (there is no such incident), `desk.outcome_unknown` (the order may still be
    taken; the same nonce may be sent again), `desk.failed` (the incident could not carry it out).
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


def known_operator(handle: str | None, operators: Collection[str]) -> str:
    """Let a handle pass that the settings know.

    Raises:
        DeskError: `desk.no_operator` or `desk.unknown_operator`.

    """
    if not handle:
        raise DeskError("desk.no_operator", "Say who you are: --as HANDLE, or TOCSIN_OPERATOR.")
    if handle not in operators:
        names = ", ".join(sorted(operators)) or "nobody yet"
        raise DeskError("desk.unknown_operator", f"TOCSIN_OPERATORS has no {handle!r}; it knows {names}.")
    return handle


def no_incident(incident: str) -> DeskError:
    """Say that there is no such incident."""
    return DeskError("desk.no_incident", f"There is no incident {incident}; see tocsin incident list.")
