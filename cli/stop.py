"""How a command of ours ends early: with a sentence, a code for programs, and an exit code."""

from enum import IntEnum


class Exit(IntEnum):
    """The exit codes of the CLI, documented in docs/cli-guide.md."""

    OK = 0
    REFUSED = 1
    USAGE = 2
    NOT_FOUND = 3
    UNREACHABLE = 4
    BAD_LEDGER = 5
    SETTINGS = 6
    FINDINGS = 7
    FAULT = 70


class Stop(Exception):  # noqa: N818 - an answer to the operator, not a fault of the program
    """Ends the command with one sentence.

    Codes: `cli.usage` (what was typed does not fit), `cli.ambiguous` (several things are meant),
    `cli.not_found`, `cli.pending` (the act has no outcome yet), `cli.act_failed` (it was tried and failed),
    `cli.page_differs` (the public sees another page),
    `cli.file` (a file cannot be read or written), `cli.ledger_bad` (a fact does not verify),
    `cli.pack_bad` (a law pack does not hold), `cli.playbook_bad` (a playbook does not hold),
    `cli.auditor_silent` (no auditor has looked lately).
    """

    def __init__(self, code: str, sentence: str, exit_code: Exit) -> None:
        super().__init__(sentence)
        self.code = code
        self.exit_code = exit_code


def usage(sentence: str) -> Stop:
    """Say that what was typed does not fit."""
    return Stop("cli.usage", sentence, Exit.USAGE)
