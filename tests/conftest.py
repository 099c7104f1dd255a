"""One real Temporal server for the whole session, started when the first test asks for it."""

import asyncio
import os

import pytest

from service.client import connect
from service.codec import Keyring
from service.temporal import embedded
from service.temporal_build import cache_dir as users_cache
from service.temporal_find import find_way


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session):
    """Make sure of a server before any test's clock runs: the first time, it may have to be built."""
    if session.config.option.collectonly:
        return
    if any("cache_dir" in getattr(item, "fixturenames", ()) for item in session.items):
        reporter = session.config.pluginmanager.get_plugin("terminalreporter")
        asyncio.run(find_way(users_cache(), reporter.write_line))


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
