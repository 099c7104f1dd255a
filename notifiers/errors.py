"""The ways in which a message does not simply arrive.

NotifierError
├── Refused        definite: this message was not, and will not be, accepted for this address
│   └── Unworded   this provider has no approved wording for this reader; another provider may
├── Unreachable    definite: not sent; the same message may be tried again, after `retry_after` seconds
│   └── PutOff     so says a server of this one address, whatever becomes of others
├── Unknown        may or may not have been sent: reconcile, never resend blindly
└── Misconfigured  not sent, and nothing will be: credentials, TLS or sender; stop the channel and say why

A code is `<channel or protocol>.<stage or kind>[.<provider's own code>]`, for instance `smtp.rcpt.550`,
`twilio.21610`, `tls.unverified`. No error carries an address, a name or a message in its text.
"""


class NotifierError(Exception):
    """What a notifier raises, and the only thing it raises on purpose."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}" if self.detail else self.code


class Refused(NotifierError):  # noqa: N818 - one plain word for each outcome
    """This message was not and will not be accepted for this address; try the next channel."""


class Unworded(Refused):
    """The provider sends approved wordings only, and has none for this kind of reader."""


class Unreachable(NotifierError):  # noqa: N818 - one plain word for each outcome
    """Definitely not sent; may be tried again, not before `retry_after` seconds where that is given."""

    def __init__(self, retry_after: float | None, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.args = (retry_after, code, detail)
        self.retry_after = retry_after


class PutOff(Unreachable):
    """The server takes nothing for this address now, as in greylisting (RFC 6647); others may pass."""


class Unknown(NotifierError):  # noqa: N818 - one plain word for each outcome
    """May or may not have been sent; look it up or wait for a receipt before anything else."""


class Misconfigured(NotifierError):  # noqa: N818 - one plain word for each outcome
    """Not sent because of our own settings; every further message would fail the same way."""
