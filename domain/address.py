"""Addresses in their one form: telephone numbers as E.164, e-mail addresses with a lower-case domain."""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import PhoneMetadata, PhoneNumberFormat, PhoneNumberType

_DIAL = re.compile(r"\(?[+0-9][0-9 ().-]{2,30}")
_PUNCTUATION = str.maketrans("", "", " ()-.")
_TEXTABLE = frozenset(
    {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE, PhoneNumberType.PERSONAL_NUMBER},
)
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*/?^_`{|}~+-]+(?:\.[A-Za-z0-9!#$%&'*/?^_`{|}~+-]+)*")
_LONGEST_LOCAL = 64
_LONGEST = 254


class Phone(NamedTuple):
    """A number that can be dialled, and whether a text message can go there."""

    e164: str
    textable: bool


def phone(text: str, region: str) -> Phone | None:
    """Read a telephone number as people write it; None where it is none that is in use.

    `region` is the country (ISO 3166) whose way of writing holds where no country code is given.
    """
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    digits = plain.translate(_PUNCTUATION)
    if not _DIAL.fullmatch(plain):
        return None
    code, mobile = _mobiles(region)
    for prefix in (f"+{code}", f"00{code}", ""):
        if digits.startswith(prefix) and mobile.fullmatch(digits, len(prefix)):
            return Phone(f"+{code}{digits[len(prefix) :]}", textable=True)
    return _parsed(plain, region)


@lru_cache(maxsize=1024)
def calling_code(begin: str) -> str:
    """The country's part of the beginning of an E.164 number, such as `+86` of `+8613`; empty for none."""
    for length in range(2, 5):
        if begin[1:length].isdigit() and int(begin[1:length]) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
            return begin[:length]
    return ""


@lru_cache(maxsize=8)
def _mobiles(region: str) -> tuple[int, re.Pattern[str]]:
    """The library's own pattern of a country's mobile numbers: most lists hold little else."""
    metadata = PhoneMetadata.metadata_for_region(region)
    if metadata is None or metadata.mobile is None or metadata.mobile.national_number_pattern is None:
        message = f"{region!r} is no region with telephone numbers"
        raise ValueError(message)
    lengths = "|".join(rf"\d{{{length}}}" for length in metadata.mobile.possible_length)
    pattern = metadata.mobile.national_number_pattern
    return phonenumbers.country_code_for_region(region), re.compile(rf"(?=(?:{lengths})\Z)(?:{pattern})")


def _parsed(text: str, region: str) -> Phone | None:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return Phone(e164, phonenumbers.number_type(number) in _TEXTABLE)


def email(text: str) -> str | None:
    """Read an e-mail address; None where no mail server would take it. No domain is asked."""
    local, at, domain = text.rpartition("@")
    if at and len(local) <= _LONGEST_LOCAL and len(text) <= _LONGEST and _LOCAL.fullmatch(local):
        # What is left to judge is the domain, and a population shares a few hundred of them.
        normal = _domain(domain)
        return None if normal is None else f"{local}@{normal}"
    return _validated(text)


@lru_cache(maxsize=4096)
def _domain(domain: str) -> str | None:
    address = _validated(f"a@{domain}")
    return None if address is None else address[2:]


def _validated(text: str) -> str | None:
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        return None
