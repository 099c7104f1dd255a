import subprocess
import sys

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from ledger import view_tables
from ledger.database import Database
from ledger.migrate import migrate
from ledger.tables import metadata
from ledger.view_tables import VIEW_TABLES


def test_migrations_make_the_tables_that_the_code_sees(memory):
    with memory.database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_migrating_again_changes_nothing(memory, url):
    memory.artefacts.put(b"x", "text/plain")
    migrate(url)
    assert (
        memory.artefacts.get("2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881").data == b"x"
    )


def test_processes_that_migrate_at_once_agree(url):
    script = "import sys; from ledger.migrate import migrate; migrate(sys.argv[1])"
    movers = [subprocess.Popen([sys.executable, "-c", script, url]) for _ in range(3)]
    assert [mover.wait() for mover in movers] == [0, 0, 0]
    database = Database(url)
    with database.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM fact")).scalar_one() == 0
    database.close()


def test_every_view_has_a_column_for_every_field():
    for kind, (table, texts) in VIEW_TABLES.items():
        assert {column.name for column in table.columns} == set(kind.model_fields)
        assert texts <= set(kind.model_fields)
    assert view_tables.incident_view.name == "incident_view"
