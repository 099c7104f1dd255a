"""The law packs of a directory, read, checked and ready to be assessed; nothing starts on a bad one."""

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from domain.pack import Pack, digest
from playbooks.invalid import PackInvalid
from playbooks.shelf import LAW, calendar_files, files, read_directory, read_pack

__all__ = ["LAW", "PackInvalid", "check_pack", "check_packs", "digest", "load_pack", "load_packs"]

# Raised whenever the same YAML would give another pack, so that no older reading is taken from the cache.
_READING = "2"
_PACKS = TypeAdapter(tuple[Pack, ...])


def load_packs(directory: Path = LAW, *, cache: Path | None = None) -> tuple[Pack, ...]:
    """Read every pack of a directory, in the order of their file names.

    Args:
        directory: where the `*.yaml` files stand, one pack each, with their `calendars/` beside them.
        cache: a directory of the user's for packs already read; YAML takes its time.

    Raises:
        PackInvalid: for the first flaw, with file, line and field.

    """
    if cache is None:
        return _loaded(directory)
    kept = _kept(directory, cache)
    if kept is not None:
        with suppress(OSError, ValidationError):
            return _PACKS.validate_json(kept.read_bytes())
    packs = _loaded(directory)
    if kept is not None:
        _keep(kept, packs)
    return packs


def load_pack(file: Path) -> Pack:
    """Read and check one pack.

    Raises:
        PackInvalid: where it does not hold, with file, line, field and what would be right.

    """
    read = read_pack(file)
    if read.pack is None:
        raise read.wrong[0]
    return read.pack


def check_pack(file: Path) -> tuple[PackInvalid, ...]:
    """Find everything that is wrong with one file, in the order of its lines; nothing where it holds."""
    return tuple(read_pack(file).wrong)


def check_packs(directory: Path = LAW) -> tuple[PackInvalid, ...]:
    """Find everything that is wrong with the files of a directory, and between them."""
    try:
        return tuple(wrong for read in read_directory(directory) for wrong in read.wrong)
    except PackInvalid as error:
        return (error,)


def _loaded(directory: Path) -> tuple[Pack, ...]:
    packs: list[Pack] = []
    for read in read_directory(directory):
        if read.wrong or read.pack is None:
            raise read.wrong[0]
        packs.append(read.pack)
    return tuple(packs)


def _kept(directory: Path, cache: Path) -> Path | None:
    """Name a directory's cache by all it depends on: its files, their form, how they are checked."""
    content = hashlib.sha256(_READING.encode())
    with suppress(OSError):
        for file in (LAW / "schema.json", *files(directory), *calendar_files(directory).values()):
            content.update(f"\n{file.name}\n".encode())
            content.update(hashlib.sha256(file.read_bytes()).digest())
        return cache / f"{content.hexdigest()}.json"
    return None


def _keep(kept: Path, packs: tuple[Pack, ...]) -> None:
    """Write packs where the next start finds them; a cache that cannot be written is done without."""
    unfinished = kept.with_suffix(f".{os.getpid()}")
    with suppress(OSError):
        kept.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_bytes(_PACKS.dump_json(packs))
        unfinished.replace(kept)
