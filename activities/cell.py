"""A value of a table as the text that a list would hold."""

from datetime import date
from decimal import Decimal


def cell(value: object) -> str:  # noqa: PLR0911 - one for each kind of value
    """Write a value as text: nothing for null, whole numbers without a point, dates as ISO 8601.

    Bytes are text where they are UTF-8, and nothing where they are not.
    """
    match value:
        case str():
            return value
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float() if value != value:  # noqa: PLR0124 - not a number
            return ""
        case float() if value.is_integer():
            # A spreadsheet or a data frame makes telephone numbers of this kind.
            return str(int(value))
        case Decimal() if value.is_finite() and value == value.to_integral_value():
            return str(int(value)) if value.adjusted() < _LONGEST_WHOLE else ""
        case date():
            return value.isoformat()
        case bytes() | memoryview():
            return bytes(value).decode("utf-8", "replace")
    return str(value)


_LONGEST_WHOLE = 30
