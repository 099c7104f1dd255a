"""What Aliyun SMS's answer codes mean for one message; they are listed with its API, Dysmsapi 2017-05-25.

Three kinds, as for Twilio: *refused* speaks of the recipient or of what is filled into the template,
*misconfigured* of our account, signature or template, *unreachable* of the moment. A code that is in no
table is judged by its family: `isp.` is the provider's own trouble, after which nobody knows; anything
else is taken for our mistake, since stopping to ask costs minutes.
"""

import re

from notifiers.errors import Misconfigured, NotifierError, Refused, Unknown, Unreachable

REFUSED: dict[str, str] = {
    "isv.MOBILE_NUMBER_ILLEGAL": "the number is not valid",
    "isv.TEMPLATE_PARAMS_ILLEGAL": "a value does not fit its variable of the template",
    "isv.BLACK_KEY_CONTROL_LIMIT": "a value has a word in it that is not let through",
    "isv.PARAM_LENGTH_LIMIT": "a value is longer than its variable may be",
    "isv.PARAM_NOT_SUPPORT_URL": "a value holds a URL",
}

MISCONFIGURED: dict[str, str] = {
    "SignatureDoesNotMatch": "the access key's secret is wrong",
    "IncompleteSignature": "the request's signature is incomplete",
    "InvalidAccessKeyId.NotFound": "there is no such access key",
    "InvalidAccessKeyId.Inactive": "the access key is switched off",
    "InvalidAccessKeyId": "there is no such access key",
    "InvalidTimeStamp.Expired": "this machine's clock is wrong",
    "Forbidden.RAM": "the access key may not send messages",
    "isp.RAM_PERMISSION_DENY": "the access key may not send messages",
    "isv.ACCOUNT_NOT_EXISTS": "there is no such account",
    "isv.ACCOUNT_ABNORMAL": "the account is not in order",
    "isv.AMOUNT_NOT_ENOUGH": "the account is out of money",
    "isv.OUT_OF_SERVICE": "the account is suspended",
    "isv.PRODUCT_UN_SUBSCRIPT": "the account has not subscribed to the service",
    "isv.PRODUCT_UNSUBSCRIBE": "the account has not subscribed to the service",
    "isv.DENY_IP_RANGE": "this machine's address may not send",
    "isv.DAY_LIMIT_CONTROL": "the day's limit of the account is reached",
    "isv.MONTH_LIMIT_CONTROL": "the month's limit of the account is reached",
    "isv.SMS_TEMPLATE_ILLEGAL": "the template is not approved, or not this account's",
    "isv.SMS_SIGNATURE_ILLEGAL": "the signature is not approved, or not this account's",
    "isv.SMS_SIGN_ILLEGAL": "the signature may not be used",
    "isv.SMS_SIGNATURE_SCENE_ILLEGAL": "the signature does not suit the template's kind",
    "isv.SMS_CONTENT_ILLEGAL": "the template's words are not let through",
    "isv.TEMPLATE_MISSING_PARAMETERS": "a variable of the template is not in the settings",
    "isv.INVALID_PARAMETERS": "the request is not as the API wants it",
    "isv.INVALID_JSON_PARAM": "the request is not as the API wants it",
    "isv.MOBILE_COUNT_OVER_LIMIT": "more numbers than one request may carry",
}

UNREACHABLE: dict[str, float] = {
    "isv.BUSINESS_LIMIT_CONTROL": 600.0,
    "Throttling": 5.0,
    "Throttling.User": 5.0,
    "Throttling.Api": 5.0,
}
"""Seconds to wait: too many messages to one number, or requests of one account."""

DOUBTFUL = frozenset({"SignatureNonceUsed", "ServiceUnavailable", "InternalError"})
"""A nonce that was used before means that this very request has come once already."""

ABOUT_ONE = REFUSED.keys() | {"isv.BUSINESS_LIMIT_CONTROL"}
"""Codes with which one number makes a whole batch fail."""

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.]{0,59}")


def code_of(word: object) -> str:
    """Name a code of the provider's in ours; what is no code of any kind is left out."""
    return f"aliyun.{word}" if isinstance(word, str) and _WORD.fullmatch(word) else ""


def judged(word: object, status: int, wait: float | None = None) -> NotifierError:
    """Say what an answer other than OK means; `status` is the HTTP status it came with."""
    name = code_of(word) or f"aliyun.http.{status}"
    code = word if isinstance(word, str) else ""
    if code in UNREACHABLE or code.startswith("Throttling") or status == 429:  # noqa: PLR2004 - Too Many Requests
        return Unreachable(UNREACHABLE.get(code, 30.0) if wait is None else wait, name)
    if code in REFUSED:
        return Refused(name, REFUSED[code])
    if code in MISCONFIGURED:
        return Misconfigured(name, MISCONFIGURED[code])
    if code in DOUBTFUL or code.startswith("isp.") or (status == 200 and not code):  # noqa: PLR2004 - no word at all
        return Unknown(name)
    return Misconfigured(name, "Aliyun refuses the request itself")
