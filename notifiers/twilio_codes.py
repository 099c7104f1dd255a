"""What Twilio's error codes mean for one message; each has its page at `https://www.twilio.com/docs/api/errors/<code>`.

Three kinds. *Refused* codes speak of the recipient or of this message. *Misconfigured* codes speak of our
account, sender or settings, and would be said of every further message. *Unreachable* codes speak of the
moment. Codes of the 30xxx family come later, in a status callback or a look-up, never as the answer to a
request. Twilio splits codes now and then, so an unknown code is judged by its family (see `judged`).
"""

from notifiers.errors import Misconfigured, NotifierError, Refused, Unreachable

REFUSED: dict[int, str] = {
    21211: "the number is not valid",
    21214: "the number cannot be reached by a call",
    21215: "calls to this country are not enabled for the account",
    21216: "calls to this number are not allowed",
    21217: "the number does not appear to be valid",
    21219: "a trial account calls verified numbers only",
    21265: "a short code cannot receive",
    21266: "sender and recipient are the same number",
    21408: "messages to this region are not enabled for the account",
    21604: "the number is missing",
    21608: "a trial account writes to verified numbers only",
    21610: "the recipient has unsubscribed from this sender",
    21612: "no route from this sender to this number",
    21614: "not a mobile number",
    21617: "the text is longer than 1,600 characters",
    21635: "a landline cannot receive",
    30003: "the handset is unreachable",
    30004: "the recipient or the carrier blocks messages",
    30005: "the number is unknown to its carrier",
    30006: "a landline, or the carrier is unreachable",
    30007: "filtered as unwanted by Twilio or the carrier",
    30008: "not delivered, for no reason known",
}

MISCONFIGURED: dict[int, str] = {
    20003: "the credentials are wrong",
    20005: "the account is not active",
    20006: "access is denied",
    20008: "test credentials cannot do this",
    20404: "there is no such account or resource",
    21210: "the caller's number is not verified",
    21212: "the sender's number is not valid",
    21601: "the sender's number cannot send messages",
    21602: "the text is missing",
    21603: "the sender is missing",
    21606: "the sender cannot send to this destination from this account",
    21609: "the address for receipts is not valid",
    21659: "the sender is not a number of Twilio's",
    21660: "the sender belongs to another account",
    21661: "the sender cannot send messages",
    21701: "there is no such messaging service",
    21703: "the messaging service has no numbers",
    30002: "the account is suspended",
    30034: "the sender is not registered with the carriers",
    63038: "the account has used up its day's messages",
}

UNREACHABLE: dict[int, float] = {
    14107: 60.0,
    20429: 30.0,
    21611: 600.0,
    30001: 600.0,
    63017: 30.0,
    63018: 30.0,
}
"""Seconds to wait where Twilio names none: throttled requests and full queues."""

_ABOUT_A_MESSAGE = range(21000, 22000)


def judged(code: int, status: int, retry_after: float | None = None) -> NotifierError:
    """Say what a definite refusal of a request means; `status` is the HTTP status it came with.

    An unknown 21xxx code is about this message; any other unknown one is taken for our own mistake, since
    stopping to ask costs minutes and refusing a whole population costs the notification.
    """
    name = f"twilio.{code}" if code and code != status else f"twilio.http.{status}"
    if code in UNREACHABLE or status == 429:  # noqa: PLR2004 - Too Many Requests
        wait = UNREACHABLE.get(code, 30.0) if retry_after is None else retry_after
        return Unreachable(wait, name)
    if code in MISCONFIGURED:
        return Misconfigured(name, MISCONFIGURED[code])
    if status in (401, 403) and code not in REFUSED:
        return Misconfigured(name, "the credentials are wrong or not allowed to do this")
    if code in REFUSED or code in _ABOUT_A_MESSAGE:
        return Refused(name, REFUSED.get(code, ""))
    return Misconfigured(name, "Twilio refuses the request itself")
