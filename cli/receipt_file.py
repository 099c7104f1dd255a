"""The authority's receipt as a file: read, kept sealed in the ledger, and known by its hash."""

import hashlib
import mimetypes
from pathlib import Path
from typing import Annotated

import typer

from cli.stop import Exit, Stop, usage

# A scan of some pages; what is larger is no receipt, and would sit in the ledger for good.
LARGEST = 20 * 1024 * 1024
ReceiptFile = Annotated[
    Path | None,
    typer.Option(
        "--file", metavar="PATH", help="The receipt's own document; kept sealed, known by its hash."
    ),
]


def taken(file: Path | None, sha256: str) -> str:
    """Keep a receipt's document, if there is one, and say its hash.

    Raises:
        Stop: it cannot be read, is empty or too large, or is not what `sha256` says.

    """
    if sha256 and (
        len(sha256) != hashlib.sha256().digest_size * 2 or set(sha256.lower()) - set("0123456789abcdef")
    ):
        raise usage(f"--sha256 is 64 hexadecimal digits, not {len(sha256)} characters.")
    if file is None:
        return sha256.lower()
    data = _read(file)
    found = hashlib.sha256(data).hexdigest()
    if sha256 and sha256.lower() != found:
        raise usage(
            f"{file} has the SHA-256 {found}, not the one that --sha256 says; one of the two is wrong."
        )
    from service.papers import keep  # noqa: PLC0415 - opening the ledger's seals takes its libraries

    return keep(data, mimetypes.guess_type(file.name)[0] or "application/octet-stream")


def _read(file: Path) -> bytes:
    try:
        if not file.is_file():
            raise Stop("cli.file", f"{file} is not a file; name the receipt's document.", Exit.USAGE)
        with file.open("rb") as opened:
            data = opened.read(LARGEST + 1)
    except OSError as error:
        raise Stop("cli.file", f"{file} cannot be read: {error.strerror}.", Exit.USAGE) from error
    if not data:
        raise Stop("cli.file", f"{file} is empty; name the receipt's document.", Exit.USAGE)
    if len(data) > LARGEST:
        limit = LARGEST // 1024 // 1024
        raise Stop("cli.file", f"{file} is larger than {limit} MiB; scan it smaller.", Exit.USAGE)
    return data
