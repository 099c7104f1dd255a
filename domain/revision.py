"""What one version of a paper says otherwise than another, field by field."""

from domain.form import Change, FilledField, Sheet


def changes(old: Sheet, new: Sheet) -> tuple[Change, ...]:
    """List the fields whose words differ, in the order of the newer paper; what fell away comes last.

    Fields are the same where their ids are: a final report is held against the first one so far as both
    forms ask for the same.
    """
    before, after = _numbered(old), _numbered(new)
    found = [
        _change(number, field, before.get(name, ("", None))[1], field)
        for name, (number, field) in after.items()
    ]
    gone = [
        _change(number, field, field, None) for name, (number, field) in before.items() if name not in after
    ]
    return tuple(each for each in (*found, *gone) if each.was != each.now)


def _numbered(sheet: Sheet) -> dict[str, tuple[str, FilledField]]:
    return {field.id: (item.number, field) for item in sheet.items for field in item.fields}


def _change(number: str, named: FilledField, was: FilledField | None, now: FilledField | None) -> Change:
    return Change(
        id=named.id,
        number=number,
        label=named.label,
        was=was.said if was else None,
        now=now.said if now else None,
    )
