"""The law packs of a directory, read, checked and ready to be assessed; nothing starts on a bad one."""

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from pydantic import ValidationError

from domain.pack import Pack, digest
from domain.soundness import flaws
from playbooks.document import Document
from playbooks.invalid import PackInvalid

__all__ = ["LAW", "PackInvalid", "digest", "load_pack", "load_packs"]

LAW = Path(__file__).parent / "law"

# Raised whenever the same YAML would give another pack, so that no older reading is taken from the cache.
_READING = "1"


def load_packs(directory: Path = LAW, *, cache: Path | None = None) -> tuple[Pack, ...]:
    """Read every pack of a directory, in the order of their file names.

    Args:
        directory: where the `*.yaml` files stand, one pack each.
        cache: a directory of the user's for packs already read; YAML takes its time.

    Raises:
        PackInvalid: for the first pack that does not hold, with file, line and field.

    """
    files = sorted(directory.glob("*.yaml"))
    if not files:
        raise PackInvalid(directory, 1, "", "there is no law pack here; name a directory with *.yaml files.")
    packs = tuple(_cached(file, cache) if cache else load_pack(file) for file in files)
    seen: dict[str, Path] = {}
    for file, pack in zip(files, packs, strict=True):
        for name in {pack.id, *(rule.id for rule in pack.duties)}:
            if name in seen:
                raise PackInvalid(
                    file, 1, "id", f"{name} is already in {seen[name].name}; an id stands once."
                )
            seen[name] = file
    return packs


def load_pack(file: Path) -> Pack:
    """Read and check one pack.

    Raises:
        PackInvalid: where it does not hold, with file, line, field and what would be right.

    """
    document = Document(file)
    if not isinstance(document.data, dict):
        raise document.invalid((), "a law pack is a mapping that begins with id, title and jurisdiction.")
    data = {key: value for key, value in document.data.items() if not key.startswith("x-")}
    try:
        pack = Pack.model_validate(data, extra="forbid")
    except ValidationError as error:
        raise _said(document, error) from error
    for flaw in flaws(pack):
        raise document.invalid(flaw.loc, flaw.sentence)
    return pack


def _said(document: Document, error: ValidationError) -> PackInvalid:
    worst = max(error.errors(include_url=False), key=lambda found: len(found["loc"]))
    loc, kind = worst["loc"], worst["type"]
    if kind == "extra_forbidden":
        return document.invalid(loc, f"there is no field called {loc[-1]}; schema.json lists the fields.")
    if kind == "missing":
        return document.invalid(loc, f"the field {loc[-1]} is missing.")
    message = str(worst["msg"]).removeprefix("Value error, ")
    return document.invalid(loc, f"{message[:1].lower()}{message[1:]}.")


def _cached(file: Path, cache: Path) -> Pack:
    try:
        content = file.read_bytes()
    except OSError:
        return load_pack(file)
    kept = cache / f"{hashlib.sha256(_reading() + content).hexdigest()}.json"
    try:
        return Pack.model_validate_json(kept.read_bytes())
    except (OSError, ValidationError):
        pack = load_pack(file)
    _keep(kept, pack)
    return pack


def _reading() -> bytes:
    """What a cached pack depends on beside its own file: the published form, and how it is checked."""
    return _READING.encode() + (LAW / "schema.json").read_bytes()


def _keep(kept: Path, pack: Pack) -> None:
    """Write a pack where the next start finds it; a cache that cannot be written is done without."""
    unfinished = kept.with_suffix(f".{os.getpid()}")
    with suppress(OSError):
        kept.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(pack.model_dump_json(), encoding="utf-8")
        unfinished.replace(kept)
