"""What is wrong with a whole list of people."""


class ListInvalid(ValueError):  # noqa: N818 -- what is invalid is the list that was handed in
    """A list that cannot be an audience: a code of `docs/activities.md`, a sentence, and no cell of it."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
