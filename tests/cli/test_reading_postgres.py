"""What the CLI reads is the same on both databases, though it takes another way to each."""

import dataclasses

from ledger.database import Database
from ledger.migrate import migrate
from ledger.store import Store
from service.place import Place
from service.reading import Reading


def test_both_databases_are_read_alike(case, data_dir, postgres_url):
    case.leak()
    migrate(postgres_url)
    database = Database(postgres_url)
    try:
        Store(database).append(case.state.stream, [fact.line() for fact in case.facts])
    finally:
        database.close()
    here = Place(data_dir=data_dir, ledger_url=f"sqlite:///{data_dir / 'ledger.db'}", timezone="")
    there = dataclasses.replace(here, ledger_url=postgres_url)
    assert Reading(there).incidents() == Reading(here).incidents()
    assert Reading(there).clocks() == Reading(here).clocks()
    assert Reading(there).lines(case.state.stream, 3) == Reading(here).lines(case.state.stream, 3)
    assert len(Reading(there).lines(case.state.stream)) == case.state.version
