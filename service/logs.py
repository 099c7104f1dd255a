"""What a process that goes on says of itself: warnings and worse, one line each, to standard error."""

import logging
import sys
from datetime import datetime

_NAMES = {"WARNING": "warning", "ERROR": "error", "CRITICAL": "error"}


class _Line(logging.Formatter):
    """Writes a record on one line, without its traceback: a payload or an address might stand in one."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created).astimezone().isoformat(timespec="milliseconds")
        said = " ".join(record.getMessage().split())
        kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
        cause = f" ({kind})" if kind else ""
        return f"{at} {_NAMES.get(record.levelname, 'info')} {record.name}: {said}{cause}"


def to_stderr(*, debug: bool = False) -> None:
    """Send warnings and worse to standard error; with `debug` everything, tracebacks included."""
    handler = logging.StreamHandler(sys.stderr)
    if not debug:
        handler.setFormatter(_Line())
    logging.basicConfig(level=logging.DEBUG if debug else logging.WARNING, handlers=[handler], force=True)
