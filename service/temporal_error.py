"""What a caller is told when there is no Temporal server to work with."""


class TemporalError(Exception):
    """One clear sentence and a stable code; the CLI answers with exit code 4.

    Codes: `temporal.none` (no way to a server), `temporal.unreachable` (nothing answers at the
    address), `temporal.namespace` (namespace or search attributes cannot be used),
    `temporal.data_dir` (missing, read-only, not a directory), `temporal.disk_full`,
    `temporal.in_use` (another process keeps its server there), `temporal.start` (the server ended
    at once), `temporal.build` (the official server could not be built), `temporal.not_ours` (asked
    to stop or start a server that runs at an address from the settings).
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
