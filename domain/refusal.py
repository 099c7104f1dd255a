"""The domain's no: a sentence for a person and a code for a program."""


class Refused(Exception):  # noqa: N818 -- an answer of the domain, not a fault of the program
    """A command that a rule does not allow; nothing was written.

    Codes are listed in `docs/domain.md`.
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
