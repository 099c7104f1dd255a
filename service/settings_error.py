"""What a caller is told when the settings cannot be used."""


class SettingsError(Exception):
    """One clear sentence that names the variable, never its value; the CLI answers with exit code 6.

    Codes: `settings.invalid` (a variable has no usable value), `settings.file` (the file of
    `TOCSIN_CONFIG` cannot be read), `settings.data_dir` (missing, read-only or no directory),
    `settings.keys` (a key file is missing, malformed or readable by others), `settings.absent`
    (something was asked for that only a setting can make possible).
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
