"""Show a frozen document, or write its files."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli.output import Form, as_json, write, write_json, write_table
from cli.stop import Exit, Stop


@dataclass(frozen=True, slots=True)
class Pages:
    """Where the files of a document are to be written; None for not at all."""

    html: Path | None = None
    json: Path | None = None


def show_paper(sha256: str, pages: Pages, output: Form | None) -> None:
    """Print a document's content, or write it where `pages` says.

    Raises:
        Stop: it is still being drawn up, or a file cannot be written.

    """
    from service.papers import paper  # noqa: PLC0415 - opening the ledger's seals takes its libraries

    if not sha256:
        raise Stop("not_drafted", "It is still being drawn up.", Exit.REFUSED)
    found = paper(sha256)
    if found is None:
        raise Stop("cli.not_found", f"The ledger holds no document {sha256[:12]}….", Exit.NOT_FOUND)
    for path, data in ((pages.html, found.page), (pages.json, found.data)):
        if path is not None:
            _write(path, data)
    if as_json(output):
        write_json({"sha256": sha256, **found.content})
        return
    for path in (pages.html, pages.json):
        if path is not None:
            write(f"written: {path}")
    if pages.html is None and pages.json is None:
        _print(sha256, found.content)


def _print(sha256: str, content: dict[str, Any]) -> None:
    title = content.get("title") or {}
    write(" ".join(part for part in (title.get("zh", ""), title.get("en", "")) if part))
    write(f"SHA-256 {sha256}")
    rows = [
        (item["number"], field["label"]["zh"], (field["said"] or {}).get("zh") or "（缺）")
        for item in content.get("items", ())
        for field in item["fields"]
    ]
    if rows:
        write_table(("", "item", "says"), rows)
    missing = content.get("missing") or ()
    if missing:
        write(f"missing: {', '.join(missing)}")


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise Stop("cli.file", f"{path} cannot be written: {error.strerror}.", Exit.USAGE) from error
