from collections.abc import Iterator

import pytest

from ledger.master import MasterKey
from ledger.memory import Memory
from ledger.migrate import migrate


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/ledger.db"
    return request.getfixturevalue("postgres_url")


@pytest.fixture
def key(tmp_path) -> MasterKey:
    return MasterKey.ensured(tmp_path / "keys" / "master.key")


@pytest.fixture
def memory(url, key) -> Iterator[Memory]:
    migrate(url)
    memory = Memory(url, key)
    yield memory
    memory.close()
