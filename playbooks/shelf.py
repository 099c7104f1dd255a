"""The files of a directory of law, read and checked: every flaw with its file, line and field."""

from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from domain.calendars import Workdays
from domain.pack import Pack
from domain.soundness import flaws
from playbooks.document import Document
from playbooks.invalid import PackInvalid, worded

LAW = Path(__file__).parent / "law"
CALENDARS = "calendars"


@dataclass(slots=True)
class Read:
    """What one file gave: its pack where it holds, and everything that is wrong with it where it does not."""

    file: Path
    pack: Pack | None = None
    wrong: list[PackInvalid] = field(default_factory=list)


def read_pack(file: Path) -> Read:
    """Read and check one file to its end, in the order of its lines."""
    read = Read(file)
    try:
        document = Document(file)
        data = _with_calendar(document, file)
    except PackInvalid as error:
        read.wrong.append(error)
        return read
    try:
        pack = Pack.model_validate(data, extra="forbid")
    except ValidationError as error:
        read.wrong = [_said(document, found) for found in _innermost(error.errors(include_url=False))]
    else:
        read.wrong = [document.invalid(flaw.loc, flaw.sentence) for flaw in flaws(pack)]
        read.pack = None if read.wrong else pack
    read.wrong.sort(key=lambda invalid: invalid.line)
    return read


def read_directory(directory: Path) -> list[Read]:
    """Read every pack of a directory, with what is wrong between them.

    Raises:
        PackInvalid: where there is no pack at all.

    """
    read = [read_pack(file) for file in files(directory)]
    _across(read)
    return read


def files(directory: Path) -> list[Path]:
    """The packs of a directory, in the order of their names.

    Raises:
        PackInvalid: where there is none.

    """
    found = sorted(directory.glob("*.yaml"))
    if not found:
        raise PackInvalid(directory, 1, "", "there is no law pack here; name a directory with *.yaml files.")
    return found


def calendar_files(directory: Path) -> dict[str, Path]:
    """The calendars that packs of a directory may name: its own, and those that come with Tocsin."""
    return {
        file.stem: file for shelf in (LAW, directory) for file in sorted((shelf / CALENDARS).glob("*.yaml"))
    }


def _with_calendar(document: Document, file: Path) -> dict[str, object]:
    """Take the calendar that a pack names into the pack, so that its digest covers the days."""
    if not isinstance(document.data, dict):
        raise document.invalid((), "a law pack is a mapping that begins with id, title and jurisdiction.")
    data = {key: value for key, value in document.data.items() if not key.startswith("x-")}
    name = data.get("workdays")
    if isinstance(name, str):
        known = calendar_files(file.parent)
        if name not in known:
            listed = ", ".join(sorted(known))
            raise document.invalid(("workdays",), f"there is no calendar {name}; {CALENDARS}/ has {listed}.")
        data["workdays"] = _calendar(Document(known[name]))
    return data


def _calendar(document: Document) -> Workdays:
    try:
        return Workdays.model_validate(document.data, extra="forbid")
    except ValidationError as error:
        raise _said(document, _innermost(error.errors(include_url=False))[0]) from error


def _across(read: list[Read]) -> None:
    """Find what no single file shows: an id that stands in two of them, a duty that is another pack's."""
    seen: dict[str, Path] = {}
    for one in read:
        if one.pack is None:
            continue
        for name in dict.fromkeys((one.pack.id, *(rule.id for rule in one.pack.duties))):
            if name in seen:
                sentence = f"{name} is already in {seen[name].name}; an id stands once."
                one.wrong.append(_placed(one, name, sentence))
            else:
                seen[name] = one.file
    owners = {rule.id: one.pack for one in read if one.pack for rule in one.pack.duties}
    for one in read:
        for rule in one.pack.duties if one.pack else ():
            for follow in rule.follow_ups:
                if follow.duty is not None and follow.duty not in owners:
                    sentence = f"{rule.id} is followed by {follow.duty}, which no pack here has."
                    one.wrong.append(_placed(one, rule.id, sentence))


def _placed(one: Read, name: str, sentence: str) -> PackInvalid:
    document = Document(one.file)
    number = next((n for n, rule in enumerate(one.pack.duties if one.pack else ()) if rule.id == name), None)
    return document.invalid(("id",) if number is None else ("duties", number, "id"), sentence)


def _innermost(found: list[ErrorDetails]) -> list[ErrorDetails]:
    """Leave out what a deeper error at the same place explains better."""
    return [
        error
        for error in found
        if not any(
            len(other["loc"]) > len(error["loc"]) and other["loc"][: len(error["loc"])] == error["loc"]
            for other in found
        )
    ]


def _said(document: Document, error: ErrorDetails) -> PackInvalid:
    loc, kind = error["loc"], error["type"]
    if kind == "extra_forbidden":
        return document.invalid(loc, f"there is no field called {loc[-1]}; schema.json lists the fields.")
    if kind == "missing":
        return document.invalid(loc, f"the field {loc[-1]} is missing.")
    return document.invalid(loc, worded(error["msg"]))
