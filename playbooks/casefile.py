"""The two files that the law is asked about: an organisation, and what is known of an incident.

Both are YAML or JSON in the names of the vocabulary, plainly or under `organisation:` and `incident:`.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from domain.organisation import Organisation
from domain.term import UNKNOWN, FactInvalid, Scope
from domain.vocabulary import VOCABULARY, parse
from playbooks.document import LONGEST, Document
from playbooks.invalid import PackInvalid

_GROUPS: tuple[Scope, ...] = ("organisation", "incident")


class CaseInvalid(ValueError):  # noqa: N818 -- what is invalid is the file that was handed in
    """A file of facts that cannot be read as one; its sentence names file, line and fact.

    Codes: `case.file` (it cannot be read, is no YAML or JSON, or holds no map), and those of `FactInvalid`.
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class CaseFile:
    """One file of facts, with the line that each stands on.

    Raises:
        CaseInvalid: it cannot be read as facts of this scope.

    """

    def __init__(self, path: Path, scope: Scope) -> None:
        self._path = path
        self._scope = scope
        self._document, data = _read(path)
        if data is None:
            data = {}
        if not isinstance(data, dict):
            raise CaseInvalid(
                "case.file", f"{path}: facts are a map of names and values, not a list or a word."
            )
        self._group, held = self._grouped(data)
        self.facts: dict[str, JsonValue] = {
            name: self._value(name, value) for name, value in held.items() if value is not None
        }

    def complaint(self, invalid: FactInvalid) -> CaseInvalid:
        """Say what is wrong with a fact, where it stands in the file."""
        if self._document is None:
            return CaseInvalid(invalid.code, f"{self._path}: {invalid.sentence}")
        name, _, key = invalid.name.partition(".")
        loc = tuple(part for part in (self._group, name, key) if part)
        line = self._document.invalid(loc, "").line
        return CaseInvalid(invalid.code, f"{self._path}:{line}: {invalid.sentence}")

    def see_duties(self, known: Iterable[str]) -> None:
        """See that the duties in `reported_at` are duties of the packs.

        Raises:
            CaseInvalid: `fact-unknown`, with the nearest name.

        """
        reported = self.facts.get("reported_at")
        names = sorted(known)
        for name in reported if isinstance(reported, dict) else ():
            if name not in names:
                sentence = f"No law pack has a duty {name[:60]}{near(name, names)}."
                raise self.complaint(FactInvalid(f"reported_at.{name}", sentence, "fact-unknown"))

    def _grouped(self, data: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        groups = [name for name in _GROUPS if name in data]
        if not groups:
            return "", data
        strays = [name for name in data if name not in groups]
        if strays:
            raise CaseInvalid(
                "case.file",
                f"{self._path}: {strays[0][:60]} stands beside {groups[0]}:; put every fact under a group, "
                "or none.",
            )
        held = data.get(self._scope)
        if held is None:
            held = {}
            if self._scope not in data:
                raise CaseInvalid("case.file", f"{self._path}: it has {groups[0]}: and no {self._scope}:.")
        if not isinstance(held, dict):
            raise CaseInvalid("case.file", f"{self._path}: {self._scope}: holds a map of names and values.")
        return self._scope, held

    def _value(self, name: str, value: object) -> JsonValue:
        term = VOCABULARY.get(name)
        if term is not None and term.scope != self._scope:
            sentence = f"{name} is a fact about the {term.scope}; it belongs in the {term.scope}'s file."
            raise self.complaint(FactInvalid(name, sentence, "fact-unknown"))
        try:
            return parse(name, value, scope=self._scope)
        except FactInvalid as invalid:
            raise self.complaint(FactInvalid(name, invalid.sentence, invalid.code)) from invalid


def read_organisation(path: Path) -> Organisation:
    """Read an organisation's profile.

    Raises:
        CaseInvalid: it cannot be read as one.

    """
    known = CaseFile(path, "organisation").facts
    return Organisation.model_validate({name: value for name, value in known.items() if value != UNKNOWN})


def near(name: str, known: Iterable[str]) -> str:
    """Hint at the nearest known name: `; did you mean …`, or nothing."""
    from difflib import get_close_matches  # noqa: PLC0415 -- only a mistake can wait for it

    found = get_close_matches(name.casefold(), {each.casefold(): each for each in known}, n=1)
    by_case = {each.casefold(): each for each in known}
    return f"; did you mean {by_case[found[0]]}" if found else ""


def _read(path: Path) -> tuple[Document | None, Any]:
    try:
        document = Document(path)
    except PackInvalid as invalid:
        found = _json(path)
        if found is None:
            raise CaseInvalid("case.file", str(invalid)) from invalid
        return None, found
    return document, document.data


def _json(path: Path) -> Any:  # noqa: ANN401 -- JSON holds anything
    """Read what is JSON and not YAML, such as a character written as a surrogate pair; None for the rest."""
    try:
        if path.suffix != ".json" or path.stat().st_size > LONGEST:
            return None
        return json.loads(path.read_text(encoding="utf-8"), parse_float=str, object_pairs_hook=_once)
    except (OSError, ValueError, RecursionError):
        return None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    held = dict(pairs)
    if len(held) != len(pairs):
        raise ValueError("a key stands twice")
    return held
