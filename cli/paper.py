"""Show a frozen document, or write its files."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import typer

from cli.output import Form, as_json, write, write_json, write_table
from cli.stop import Exit, Stop
from cli.words import one_of

Tongue = Literal["zh", "en", "both"]
TONGUES: tuple[Tongue, ...] = get_args(Tongue)
Html = Annotated[Path | None, typer.Option("--html", metavar="PATH", help="Write the page there.")]
Docx = Annotated[Path | None, typer.Option("--docx", metavar="PATH", help="Write the Word document there.")]
Json = Annotated[
    Path | None, typer.Option("--json", metavar="PATH", help="Write the content there, byte for byte.")
]
Lang = Annotated[str, typer.Option("--lang", help="Language of the page and the document: zh, en or both.")]


@dataclass(frozen=True, slots=True)
class Pages:
    """Where the files of a document are to be written, None for not at all, and in which language."""

    html: Path | None = None
    docx: Path | None = None
    json: Path | None = None
    tongue: Tongue = "both"

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files that are wanted."""
        return tuple(path for path in (self.html, self.docx, self.json) if path is not None)


def pages(html: Path | None, docx: Path | None, json: Path | None, lang: str) -> Pages:
    """Take what was typed of files.

    Raises:
        Stop: there is no such language.

    """
    return Pages(html=html, docx=docx, json=json, tongue=one_of(lang, TONGUES, "language"))


def show_paper(sha256: str, wanted: Pages, output: Form | None) -> None:
    """Print a document's content, or write it where `wanted` says.

    Raises:
        Stop: it is still being drawn up, has no such file, or a file cannot be written.

    """
    from service.papers import paper  # noqa: PLC0415 - opening the ledger's seals takes its libraries

    if not sha256:
        raise Stop("not_drafted", "It is still being drawn up.", Exit.REFUSED)
    found = paper(sha256)
    if found is None:
        raise Stop("cli.not_found", f"The ledger holds no document {sha256[:12]}….", Exit.NOT_FOUND)
    for path, data in tuple(_wanted(wanted, found.files, found.data)):
        write_file(path, data)
    if as_json(output):
        write_json({"sha256": sha256, **found.content})
        return
    for path in wanted.paths:
        write(f"written: {path}")
    if not wanted.paths:
        _print(sha256, found.content, "en" if wanted.tongue == "en" else "zh")


def _wanted(wanted: Pages, files: dict[str, bytes], content: bytes) -> Iterator[tuple[Path, bytes]]:
    if wanted.json is not None:
        yield wanted.json, content
    for kind, path in (("html", wanted.html), ("docx", wanted.docx)):
        if path is None:
            continue
        data = files.get(f"{kind}-{wanted.tongue}")
        if data is None:
            raise Stop(
                "cli.not_found",
                f"This document was frozen with {', '.join(sorted(files))} only, and what is frozen stays "
                f"as it is: take one of these, or draw up a new one.",
                Exit.NOT_FOUND,
            )
        yield path, data


def _print(sha256: str, content: dict[str, Any], tongue: str) -> None:
    title = content.get("title") or {}
    write(" ".join(part for part in (title.get("zh", ""), title.get("en", "")) if part))
    write(f"SHA-256 {sha256}")
    missing = content.get("missing") or ()
    empty = {"zh": ("（缺）", "（待补报）"), "en": ("(missing)", "(to follow)")}[tongue]
    rows = [
        (
            item["number"],
            field["label"][tongue],
            (field["said"] or {}).get(tongue) or empty[field["id"] not in missing],
        )
        for item in content.get("items", ())
        for field in item["fields"]
    ]
    if rows:
        write_table(("", "item", "says"), rows)
    if missing:
        write(f"missing: {', '.join(missing)}")


def write_file(path: Path, data: bytes) -> None:
    """Write a file where the operator wants it.

    Raises:
        Stop: it cannot be written there.

    """
    try:
        path.write_bytes(data)
    except OSError as error:
        raise Stop("cli.file", f"{path} cannot be written: {error.strerror}.", Exit.USAGE) from error


def write_receipt(sha256: str, path: Path) -> None:
    """Write the document of a receipt, as it was kept.

    Raises:
        Stop: none was kept, or it cannot be written there.

    """
    from service.papers import paper  # noqa: PLC0415 - opening the ledger's seals takes its libraries

    found = paper(sha256) if sha256 else None
    if found is None:
        raise Stop("cli.not_found", "No document of a receipt is kept here.", Exit.NOT_FOUND)
    write_file(path, found.data)
    write(f"written: {path}")
