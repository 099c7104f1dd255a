"""The queries that the README saves are ones that a Temporal server takes."""

import re

import pytest

from workflows.registry import ALL


@pytest.fixture(scope="module")
def queries(root):
    readme = (root / "README.md").read_text(encoding="utf-8")
    _, _, table = readme.partition("| shows | query |")
    return re.findall(r"^\|[^|]+\| `([^`]+)` \|$", table, re.MULTILINE)


async def test_the_server_takes_every_query(queries, temporal_client):
    assert queries
    for query in queries:
        assert (await temporal_client.count_workflows(query)).count >= 0


def test_the_queries_name_workflows_that_exist(queries):
    known = {kind.__temporal_workflow_definition.name for kind in ALL}
    for query in queries:
        assert set(re.findall(r'WorkflowType = "(\w+)"', query)) <= known
