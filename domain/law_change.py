"""What changed between two readings of the law: duties, grading limbs, forms, instruments, notes."""

from collections.abc import Iterable, Mapping
from typing import Literal

from pydantic import JsonValue

from domain.expression import Expression
from domain.line import canonical
from domain.model import Value
from domain.pack import DutyRule, Pack
from domain.worded import worded

Kind = Literal["pack", "instrument", "duty", "limb", "form", "note"]

_Subject = tuple[str, Kind, str]
# What is compared as a subject of its own.
_APART = {"id", "instruments", "duties", "grading", "forms", "notes"}


class FieldChange(Value):
    """One field that says something else; None where it said, or says, nothing."""

    field: str
    old: str | None = None
    new: str | None = None


class Change(Value):
    """One duty, limb, form, instrument, note or pack that was added, removed or changed."""

    pack: str
    what: Kind
    id: str
    how: Literal["added", "removed", "changed"]
    fields: tuple[FieldChange, ...] = ()


def changes(old: Iterable[Pack], new: Iterable[Pack]) -> list[Change]:
    """Compare two sets of packs, subject by subject, in the order of the new ones and then what is gone."""
    before, after = _subjects(old), _subjects(new)
    found: list[Change] = []
    for subject in dict.fromkeys((*after, *before)):
        pack, what, name = subject
        if subject not in before:
            found.append(Change(pack=pack, what=what, id=name, how="added", fields=_news(after[subject])))
        elif subject not in after:
            found.append(Change(pack=pack, what=what, id=name, how="removed"))
        else:
            fields = _fields(before[subject], after[subject])
            if fields:
                found.append(Change(pack=pack, what=what, id=name, how="changed", fields=fields))
    return found


def _fields(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[FieldChange, ...]:
    return tuple(
        FieldChange(field=field, old=old.get(field), new=new.get(field))
        for field in dict.fromkeys((*old, *new))
        if old.get(field) != new.get(field)
    )


def _news(said: Mapping[str, str]) -> tuple[FieldChange, ...]:
    return tuple(FieldChange(field=field, new=value) for field, value in said.items())


def _subjects(packs: Iterable[Pack]) -> dict[_Subject, dict[str, str]]:
    found: dict[_Subject, dict[str, str]] = {}
    for pack in packs:
        own = pack.model_dump(mode="json", exclude=_APART)
        found[pack.id, "pack", pack.id] = {field: _text(value) for field, value in own.items()}
        if pack.blocks_channels is not None:
            found[pack.id, "pack", pack.id]["blocks_channels"] = _words(pack.blocks_channels)
        for instrument in pack.instruments:
            found[pack.id, "instrument", instrument.id] = _said(instrument.model_dump(mode="json"))
        for name, rule in _named(pack):
            found[pack.id, "duty", name] = _duty(pack, rule)
        for limb in pack.grading.limbs if pack.grading else ():
            rest = _said(limb.model_dump(mode="json", exclude={"levels", "presumed_when"}))
            if limb.presumed_when is not None:
                rest["presumed when"] = _words(limb.presumed_when)
            levels = {f"level {level.grade}": _words(level.when) for level in limb.levels}
            found[pack.id, "limb", limb.id] = {**rest, **levels}
        for form in pack.forms:
            items = {f"item {item.id}": _text(item.model_dump(mode="json")) for item in form.items}
            found[pack.id, "form", form.id] = {"title": form.title.zh, **items}
        for note in (*pack.notes, *(pack.grading.notes if pack.grading else ())):
            found[pack.id, "note", note] = {}
    return found


def _named(pack: Pack) -> Iterable[tuple[str, DutyRule]]:
    """Name every version of a duty: by its id, and where there are several by its first day too."""
    ids = [rule.id for rule in pack.duties]
    for rule in pack.duties:
        first, _ = pack.span_of(rule)
        several = ids.count(rule.id) > 1 and first.year > 1
        yield (f"{rule.id} of {first}" if several else rule.id), rule


def _duty(pack: Pack, rule: DutyRule) -> dict[str, str]:
    said = _said(rule.model_dump(mode="json", exclude={"trigger", "exemption", "recipients"}))
    first, last = pack.span_of(rule)
    said["in force"] = f"{first} to {last}"
    said["trigger"] = _words(rule.trigger)
    if rule.exemption is not None:
        rest = _text(rule.exemption.model_dump(mode="json", exclude={"when", "doubt"}))
        doubt = f"\nin doubt: {_words(rule.exemption.doubt)}" if rule.exemption.doubt is not None else ""
        said["exemption"] = f"{_words(rule.exemption.when)}{doubt}\n{rest}"
    for to in rule.recipients:
        when = f", when {_words(to.when)}" if to.when is not None else ""
        said[f"recipient {to.authority}"] = f"{to.zh}, by {to.by}{when}"
    return said


def _said(fields: Mapping[str, JsonValue]) -> dict[str, str]:
    return {name: _text(value) for name, value in fields.items() if name not in {"id", "instrument"}}


def _words(expression: Expression) -> str:
    return "\n".join(worded(expression, "en"))


def _text(value: JsonValue) -> str:
    return value if isinstance(value, str) else canonical(value)
