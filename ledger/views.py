"""The read models in the database: written beside the facts, read by the operator's tools."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import ColumnElement, Connection, delete, select
from sqlalchemy.engine.interfaces import DBAPICursor

from domain.line import Line, canonical, instant
from domain.model import Value
from domain.views import CampaignView, ClockView, IncidentView, ReferralView, View, blank, project
from ledger.database import Database
from ledger.view_tables import COLUMNS, VIEW_TABLES

V = TypeVar("V", bound=Value)


class Views:
    """What the facts say at a glance; every view is exactly as old as its stream."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def incidents(self, *, open_only: bool = False) -> list[IncidentView]:
        """Incidents, the latest opened first."""
        table = VIEW_TABLES[IncidentView][0]
        found = self._all(IncidentView, table.c.phase != "closed" if open_only else None)
        return sorted(found, key=lambda view: (view.opened_at is None, view.opened_at), reverse=True)

    def incident(self, incident: str) -> IncidentView | None:
        """One incident by its id."""
        return next(iter(self._all(IncidentView, VIEW_TABLES[IncidentView][0].c.incident == incident)), None)

    def clocks(self, incident: str = "", *, open_only: bool = False) -> list[ClockView]:
        """Clocks of one incident, or of all, the next deadline first."""
        table = VIEW_TABLES[ClockView][0]
        found = self._of(ClockView, incident, table.c.outcome == "" if open_only else None)
        return sorted(found, key=lambda view: (view.due_at is None, view.due_at, view.stream))

    def campaigns(self, incident: str = "") -> list[CampaignView]:
        """Notification campaigns of one incident, or of all."""
        return self._of(CampaignView, incident)

    def referrals(self, incident: str = "") -> list[ReferralView]:
        """Referrals of one incident, or of all."""
        return self._of(ReferralView, incident)

    def everything(self) -> Iterator[View]:
        """Every view there is, for comparing before and after a rebuild."""
        yield from self._all(IncidentView)
        yield from self._all(ClockView)
        yield from self._all(CampaignView)
        yield from self._all(ReferralView)

    def _of(self, kind: type[V], incident: str, *where: ColumnElement[bool] | None) -> list[V]:
        of = VIEW_TABLES[kind][0].c.incident == incident if incident else None
        return self._all(kind, of, *where)

    def _all(self, kind: type[V], *where: ColumnElement[bool] | None) -> list[V]:
        table = VIEW_TABLES[kind][0]
        query = (
            select(table).where(*(clause for clause in where if clause is not None)).order_by(table.c.stream)
        )
        with self._database.reading() as connection:
            return [_model(kind, row) for row in connection.execute(query)]


class Projection:
    """Writes the views in the transaction that writes their facts."""

    def __init__(self, database: Database) -> None:
        self._select: dict[type[Value], str] = {}
        self._upsert: dict[type[Value], str] = {}
        for kind, (table, _) in VIEW_TABLES.items():
            names = ", ".join(COLUMNS[kind])
            self._select[kind] = database.sql(f"SELECT {names} FROM {table.name} WHERE stream = ?")  # noqa: S608  names of ours
            self._upsert[kind] = database.sql(self.statement(kind))

    @staticmethod
    def statement(kind: type[Value]) -> str:
        """The one statement that writes a view, with `?` for each of its `cells`."""
        table, names = VIEW_TABLES[kind][0], COLUMNS[kind]
        marks = ", ".join("?" for _ in names)
        moved = ", ".join(f"{name} = excluded.{name}" for name in names)
        return (
            f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608  names of ours
            f" ON CONFLICT (stream) DO UPDATE SET {moved}"
        )

    def fold(self, hand: DBAPICursor, stream: str, lines: Sequence[Line], *, empty: bool) -> None:
        """Fold new facts of one stream into its view, if it has one; `empty` where none was there."""
        view = blank(stream)
        if view is None:
            return
        kind: type[View] = type(view)
        if not empty:
            hand.execute(self._select[kind], (stream,))
            row = hand.fetchone()
            view = _model(kind, row) if row else view
        hand.execute(self._upsert[kind], cells(project(view, lines)))

    def clear(self, connection: Connection) -> None:
        """Empty every view."""
        for table, _ in VIEW_TABLES.values():
            connection.execute(delete(table))


def cells(view: View) -> tuple[object, ...]:
    """A view as its table's columns, in their order."""
    kind: type[View] = type(view)
    texts = VIEW_TABLES[kind][1]
    plain = view.model_dump(mode="json", include=set(texts)) if texts else {}
    return tuple(
        canonical(plain[name]) if name in texts else _cell(getattr(view, name)) for name in COLUMNS[kind]
    )


def _cell(value: object) -> object:
    return instant(value) if isinstance(value, datetime) else value


def _model(kind: type[V], row: Sequence[object]) -> V:
    found = dict(zip(COLUMNS[kind], row, strict=True))
    for name in VIEW_TABLES[kind][1]:
        found[name] = json.loads(str(found[name]))
    return kind.model_validate(found)
