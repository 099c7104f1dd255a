"""A changed workflow must still replay what was recorded before: incidents outlive the code."""

import json

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer
from temporalio.worker._workflow import _WorkflowWorker
from temporalio.workflow import NondeterminismError

from service.codec import data_converter
from service.payload_keys import read_keys
from service.plugin import PATIENCE, plugin
from tests.histories.recording import KEY, kept, load
from workflows.registry import ALL

RECORDED = kept()


@pytest.fixture(autouse=True)
def _patient(monkeypatch):
    """Let a replay's turn take as long as a worker's; a replayer gives no plugin its worker."""
    made = _WorkflowWorker.__init__

    def patient(self, **parts):
        made(self, **parts)
        self._deadlock_timeout_seconds = PATIENCE

    monkeypatch.setattr(_WorkflowWorker, "__init__", patient)


@pytest.fixture
def replayer(tmp_path):
    # Git keeps no modes, and a key that others may read is refused.
    key = tmp_path / "codec.json"
    key.write_bytes(KEY.read_bytes())
    key.chmod(0o600)
    return Replayer(workflows=ALL, plugins=[plugin()], data_converter=data_converter(read_keys(key)))


@pytest.mark.parametrize("name", RECORDED)
async def test_it_replays(replayer, name):
    await replayer.replay_workflow(load(RECORDED[name]))


def test_every_workflow_is_recorded_and_some_continued_as_new():
    histories = {name: load(file) for name, file in RECORDED.items()}
    kinds = {
        history.events[0].workflow_execution_started_event_attributes.workflow_type.name
        for history in histories.values()
    }
    assert kinds == {workflow.__temporal_workflow_definition.name for workflow in ALL}
    ended = {name: history.events[-1].event_type for name, history in histories.items()}
    assert ended["incident-continued-1"] == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW
    assert ended["clock-lapsed-1"] == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW
    assert ended["incident-closed"] == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED


async def test_a_history_of_other_code_is_told_apart(replayer):
    history = load(RECORDED["referral"])
    changed = json.loads(history.to_json())
    text = json.dumps(changed).replace('"refer.draft"', '"refer.rewritten"')
    with pytest.raises(NondeterminismError):
        await replayer.replay_workflow(WorkflowHistory.from_json(history.workflow_id, text))
