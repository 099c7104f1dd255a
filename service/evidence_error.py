"""Why one person's record is not opened."""


class EvidenceError(Exception):
    """The record stays closed; the sentence never repeats who was asked for.

    Codes: `evidence.not_allowed` (none of the operator's roles may), `evidence.reason` (why is missing, or
    says whom), `evidence.person` (what was given is no address), `evidence.no_campaign`,
    `evidence.nobody` (nobody like that stands in the list), `evidence.several` (several people do; their
    rows are named), `evidence.root_differs` (the rows are not those that were counted).
    """

    def __init__(self, code: str, sentence: str, exit_code: int) -> None:
        super().__init__(sentence)
        self.code = code
        self.exit_code = exit_code
