"""One house for the stories that leave it standing; those that kill something build their own."""

import uuid

import pytest

from tests.stories.case import Case, opened
from tests.stories.house import furnished, manned


@pytest.fixture(scope="session")
async def house(temporal, tmp_path_factory):
    """A drill's time with real channels, on the session's server, in a namespace of its own."""
    folder = tmp_path_factory.mktemp("house")
    async with furnished(folder, temporal.address, namespace="stories") as house, manned(house):
        yield house


@pytest.fixture
async def case(house) -> Case:
    """An incident of this test's own, just opened by an alert."""
    return await opened(house, external=uuid.uuid4().hex)
