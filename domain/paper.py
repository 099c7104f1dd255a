"""A filled form laid out: what the authority reads, in the order in which it reads it."""

from collections.abc import Iterator

from domain.form import Change, Cited, DutyLine, Earlier, FilledField, FilledItem, Sheet
from domain.layout import Block, Box, Grid, Heading, Layout, Lines, Note, Row, Said
from domain.playbook import Words
from domain.rendering import in_both, moment
from domain.work_said import STAGES

_NUMERALS = "一二三四五六七八九"
HEADS = (Words(zh="事项", en="item"), Words(zh="内容", en="content"))
_CHANGED = (
    Words(zh="事项", en="item"),
    Words(zh="前次", en="before"),
    Words(zh="本次", en="now"),
)
_NOT_GIVEN = Words(zh="（未填）", en="(not given)")
_NOTHING = Words(zh="（无）", en="(nothing)")
_GONE = Words(zh="（不再填报）", en="(no longer asked for)")
_MISSING = Said(words=Words(zh="缺", en="missing"), manner="missing")
_FOLLOWS = Said(words=Words(zh="待补报", en="to follow"), manner="follows")
_NEW = Said(words=Words(zh="本次更新", en="changed"), manner="changed")
_UNDER = Words(
    zh="每项下注明所依据的事实及其记录时间和记录人。",
    en="Each field names the fact that it rests on, when it was recorded, and by whom.",
)


def laid_out(sheet: Sheet) -> Layout:
    """Lay a filled form out, whole."""
    return Layout(
        title=sheet.title,
        under=STAGES[sheet.stage],
        reference=f"{sheet.incident} / {sheet.number}",
        drill=sheet.drill,
        drawn_at=sheet.drawn_at,
        blocks=tuple(_blocks(sheet)),
    )


def _blocks(sheet: Sheet) -> Iterator[Block]:
    yield Lines(rows=tuple(_about(sheet)))
    if sheet.missing:
        yield Box(title=Words(zh="尚缺", en="missing"), items=tuple(_lacking(sheet)))
    if sheet.earlier:
        yield from _revised(sheet)
    changed = {change.id for change in sheet.changes}
    for item in sheet.items:
        yield Heading(words=_numbered(item.number, item.label))
        if item.fields:
            yield Lines(rows=tuple(_row(sheet, field, changed) for field in item.fields), heads=HEADS)
    yield Note(words=_UNDER)


def _about(sheet: Sheet) -> Iterator[Row]:
    yield _plain("报送单位", "from", Words(zh=sheet.organisation, en=sheet.organisation))
    yield _plain("事件编号", "incident", _alike(f"{sheet.incident} / {sheet.number}"))
    yield _plain("依据", "basis", sheet.basis)
    yield _plain("形成时间", "drawn up", in_both(lambda tongue: moment(sheet.drawn_at, tongue)))
    if sheet.earlier:
        yield _plain("前次报告", "follows on", _earlier(sheet.earlier))
    for duty in sheet.duties:
        yield _plain("报告义务", "duty", duty_words(duty))


def _earlier(before: Earlier) -> Words:
    stage = STAGES[before.stage]
    given = before.receipt
    return Words(
        zh=f"第{before.number}号（{stage.zh}）" + (f"，回执编号 {given}" if given else ""),
        en=f"no. {before.number} ({stage.en})" + (f", receipt {given}" if given else ""),
    )


def duty_words(duty: DutyLine) -> Words:
    """Name a duty, its recipient and its deadline."""
    said = duty.said or _alike(f"{duty.title}（{duty.article}）→ {duty.recipient}")
    if duty.due_at is None:
        return said
    due = duty.due_at
    return Words(
        zh=f"{said.zh}，最迟 {moment(due, 'zh')}",
        en=f"{said.en}, by {moment(due, 'en')}",
    )


def _lacking(sheet: Sheet) -> Iterator[Words]:
    for item in sheet.items:
        for field in item.fields:
            if field.id in sheet.missing:
                yield _numbered(item.number, field.label)


def _revised(sheet: Sheet) -> Iterator[Block]:
    yield Heading(words=Words(zh="与前次报告相比的变化", en="changes since the report before"))
    if not sheet.changes:
        yield Note(words=Words(zh="与前次报告相比无变化。", en="Nothing differs from the report before."))
        return
    now = {field.id for field in sheet.fields()}
    yield Grid(
        heads=_CHANGED,
        shares=(26, 37, 37),
        rows=tuple(_change(change, gone=change.id not in now) for change in sheet.changes),
    )


def _change(change: Change, *, gone: bool) -> tuple[tuple[Said, ...], ...]:
    return (
        (Said(words=_numbered(change.number, change.label)),),
        (Said(words=change.was or _NOTHING),),
        (Said(words=change.now or (_GONE if gone else _NOTHING)),),
    )


def rows_of(item: FilledItem) -> tuple[Row, ...]:
    """Lay out one item on its own, without what is missing or changed."""
    return tuple(
        Row(label=field.label, says=tuple(_said(field)) or (Said(words=_NOTHING, manner="follows"),))
        for field in item.fields
    )


def _said(field: FilledField) -> Iterator[Said]:
    if field.said:
        yield Said(words=field.said)
        for cite in field.cites:
            yield Said(words=_cited(cite), manner="cite")


def _row(sheet: Sheet, field: FilledField, changed: set[str]) -> Row:
    says = list(_said(field)) or [_empty(sheet, field)]
    if field.id in changed:
        says.append(_NEW)
    return Row(label=field.label, says=tuple(says))


def _empty(sheet: Sheet, field: FilledField) -> Said:
    if field.id in sheet.missing:
        return _MISSING
    return _FOLLOWS if field.id in sheet.pending else Said(words=_NOTHING, manner="follows")


def _plain(zh: str, en: str, words: Words) -> Row:
    return Row(label=Words(zh=zh, en=en), says=(Said(words=words if words.zh else _NOT_GIVEN),))


def _alike(written: str) -> Words:
    return Words(zh=written, en=written)


def _numbered(number: str, words: Words) -> Words:
    return Words(zh=f"{number}{words.zh}", en=f"{_english(number)} {words.en}".lstrip())


def _english(number: str) -> str:
    """Write a number of a Chinese list as an English one has it; a word for a number is left out."""
    digits = "".join(str(_NUMERALS.index(each) + 1) for each in number if each in _NUMERALS)
    if digits:
        return f"({digits})"
    return f"{number}." if number.isdecimal() else ""


def _cited(cite: Cited) -> Words:
    if cite.at is None:
        return _alike(cite.source)
    return _alike(f"{cite.source} · {moment(cite.at, 'en')} · {cite.by}")
