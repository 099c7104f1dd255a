"""A house of this room's own, in a namespace of its own."""

import pytest

from tests.stories.case import Case, opened
from tests.stories.house import furnished, manned, playbook_with


@pytest.fixture(scope="session")
async def house(temporal, tmp_path_factory):
    folder = tmp_path_factory.mktemp("workflows")
    plan = playbook_with(folder, canary=4, batch=10, shard=20, settle="PT10M")
    async with (
        furnished(folder, temporal.address, namespace="workflows", playbook=str(plan)) as house,
        manned(house),
    ):
        yield house


@pytest.fixture
async def case(house) -> Case:
    return await opened(house)
