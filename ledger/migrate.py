"""Bring a database to this version's tables."""

from pathlib import Path

from alembic import command
from alembic.config import Config

from ledger.database import Database

_SCRIPTS = Path(__file__).parent / "migrations"
# Any number will do, as long as every migrating process asks for the same.
_LOCK = 7_946_201


def migrate(url: str) -> None:
    """Run the migrations that this database lacks, whole or not at all; none is a success.

    Raises:
        LedgerUnavailable: the database cannot be used now; nothing was changed.

    """
    database = Database(url)
    try:
        with database.writing() as connection:
            if not database.sqlite:
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
            config = Config()
            config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
            config.set_main_option("path_separator", "os")
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        database.close()
