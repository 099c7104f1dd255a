"""Item 4 of the annual report (Art. 33 of the Regulation): a year's risks and incidents, from the record."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal

from domain.done import done
from domain.filling import fill
from domain.form import FilledItem, Form
from domain.layout import Block, Grid, Heading, Layout, Lines, Note, Row, Said
from domain.line import Instant
from domain.material import Material
from domain.model import Value
from domain.paper import HEADS, rows_of
from domain.playbook import Words
from domain.rendering import PLACE, in_both, moment
from domain.state import State
from domain.term import UNKNOWN

SCHEMA = "tocsin.annual/1"
_NONE = Words(zh="", en="")
_STANDING: Mapping[str, Words] = {
    "closed": Words(zh="已结案", en="closed"),
    "open": Words(zh="处置中", en="being handled"),
    "examined": Words(zh="研判中", en="being examined"),
}
_OVERVIEW = (
    Words(zh="编号", en="id"),
    Words(zh="发现或获知", en="known since"),
    Words(zh="类型", en="type"),
    Words(zh="级别", en="grade"),
    Words(zh="人数", en="persons"),
    Words(zh="状态", en="standing"),
)
_SHOWN = ("type", "grade", "persons")


class Told(Value):
    """One incident as the record tells it, and when it was closed."""

    state: State
    closed_at: Instant | None = None


class Entry(Value):
    """One incident or risk of the year; `carried_over` says that it began before."""

    incident: str
    known_since: Instant
    kind: Literal["incident", "vulnerability"]
    standing: Literal["closed", "open", "examined"]
    carried_over: bool
    items: tuple[FilledItem, ...]


class Annual(Value):
    """The year: every incident and risk, and how many alarms were false. Drills never count."""

    year: int
    form: str
    form_digest: str
    title: Words
    basis: Words
    organisation: str
    drawn_at: Instant
    entries: tuple[Entry, ...]
    false_alarms: int


def annual(form: Form, year: int, told: Iterable[Told], at: datetime, titles: Mapping[str, Words]) -> Annual:
    """Sum up a year, counted in the time of the place of the law.

    An incident belongs to the year in which the organisation became aware of it; one of an earlier year that
    was still being handled in this one is carried over.
    """
    real = sorted((each for each in told if not each.state.drill), key=lambda each: _known_since(each.state))
    entries, false_alarms, organisation = [], 0, ""
    for each in real:
        known, over = _known_since(each.state), each.closed_at
        began, ended = known.astimezone(PLACE).year, over.astimezone(PLACE).year if over else year
        if began > year or ended < year:
            continue
        opened = each.state.opened
        organisation = (opened.organisation.name if opened else "") or organisation
        if each.state.confirmed is False:
            false_alarms += began == year
            continue
        entries.append(_entry(form, each, at, titles, carried_over=began < year))
    return Annual(
        year=year,
        form=form.id,
        form_digest=form.digest,
        title=form.title,
        basis=form.basis,
        organisation=organisation,
        drawn_at=at,
        entries=tuple(entries),
        false_alarms=false_alarms,
    )


def _known_since(state: State) -> datetime:
    for name in ("aware_at", "first_signal_at"):
        value = state.known(name)
        if isinstance(value, str) and value != UNKNOWN:
            return datetime.fromisoformat(value)
    return state.opened_at or datetime.min.replace(tzinfo=PLACE)


def _entry(form: Form, told: Told, at: datetime, titles: Mapping[str, Words], *, carried_over: bool) -> Entry:
    state = told.state
    opened = state.opened
    if opened is None or state.opened_at is None:
        raise ValueError(f"{state.incident} was never opened")
    material = Material(
        incident=state.incident,
        number=1,
        duties=(),
        facts=state.facts,
        organisation=opened.organisation,
        grade=state.grade,
        opened_at=state.opened_at,
        severity=state.severity,
        steps=dict(state.steps),
        at=at,
        drill=False,
        done=done(state, told.closed_at),
    )
    sheet = fill(form, material, "update", _NONE, titles)
    standing: Literal["closed", "open", "examined"] = "open"
    if told.closed_at:
        standing = "closed"
    elif state.confirmed is None:
        standing = "examined"
    kind: Literal["incident", "vulnerability"] = "incident"
    if state.known("kind") == "vulnerability":
        kind = "vulnerability"
    return Entry(
        incident=state.incident,
        known_since=_known_since(state),
        kind=kind,
        standing=standing,
        carried_over=carried_over,
        items=sheet.items,
    )


def annual_layout(annual_report: Annual) -> Layout:
    """Lay a year out: the figures, a table of all, then each incident and risk."""
    entries = annual_report.entries
    blocks: list[Block] = [Lines(rows=_about(annual_report))]
    if entries:
        blocks.append(Heading(words=Words(zh="一览", en="overview")))
        rows = tuple(_overview(entry) for entry in entries)
        blocks.append(Grid(heads=_OVERVIEW, shares=(18, 19, 25, 12, 13, 13), rows=rows))
    for entry in entries:
        blocks.append(Heading(words=_named(entry)))
        blocks += [Lines(rows=rows_of(item), heads=HEADS) for item in entry.items]
    blocks.append(
        Note(
            words=Words(
                zh="依据事件台账生成，不含演练，不含网络数据内容和个人信息；其他各项另行填报。",
                en="Drawn from the record alone: without drills, data content or personal information. "
                "The other items of the annual report are told elsewhere.",
            )
        )
    )
    return Layout(
        title=annual_report.title,
        under=Words(zh=f"{annual_report.year} 年度", en=f"year {annual_report.year}"),
        reference=f"{annual_report.year}",
        drill=False,
        drawn_at=annual_report.drawn_at,
        blocks=tuple(blocks),
    )


def _about(year: Annual) -> tuple[Row, ...]:
    incidents = [entry for entry in year.entries if entry.kind == "incident"]
    figures = (
        ("报送单位", "from", _alike(year.organisation or "—")),
        ("依据", "basis", year.basis),
        ("形成时间", "drawn up", in_both(lambda tongue: moment(year.drawn_at, tongue))),
        ("网络数据安全事件", "incidents", _alike(str(len(incidents)))),
        ("网络数据安全风险", "risks", _alike(str(len(year.entries) - len(incidents)))),
        ("其中上年度结转", "of these carried over", _alike(str(sum(e.carried_over for e in year.entries)))),
        ("误报", "false alarms", _alike(str(year.false_alarms))),
    )
    return tuple(Row(label=Words(zh=zh, en=en), says=(Said(words=words),)) for zh, en, words in figures)


def _overview(entry: Entry) -> tuple[tuple[Said, ...], ...]:
    said = {field.id: field.said for item in entry.items for field in item.fields}
    cells = (
        _alike(entry.incident),
        in_both(lambda tongue: moment(entry.known_since, tongue)),
        *(said.get(name) or _alike("—") for name in _SHOWN),
        _STANDING[entry.standing],
    )
    return tuple((Said(words=words),) for words in cells)


def _named(entry: Entry) -> Words:
    risk = entry.kind == "vulnerability"
    zh = f"{'风险' if risk else '事件'} {entry.incident}" + ("（上年度结转）" if entry.carried_over else "")
    en = f"{'risk' if risk else 'incident'} {entry.incident}" + (
        " (carried over)" if entry.carried_over else ""
    )
    return Words(zh=zh, en=en)


def _alike(written: str) -> Words:
    return Words(zh=written, en=written)
