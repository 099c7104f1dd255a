import asyncio
import os
import subprocess
import sys
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from pydantic import BaseModel
from temporalio.api.common.v1 import Payload, WorkflowExecution
from temporalio.api.workflowservice.v1 import GetWorkflowExecutionHistoryRequest
from temporalio.client import WorkflowFailureError
from temporalio.worker import Worker

from service.client import connect
from service.codec import CodecError, Keyring, data_converter
from service.temporal import embedded
from service.temporal_error import TemporalError
from tests.service.flows import SECRET, Carried, Courier, echo, fail

OLD, NEW = os.urandom(32), os.urandom(32)
WORD = Carried(word=SECRET, at=datetime(2026, 11, 23, tzinfo=UTC))


class Numbered(BaseModel):
    number: int


async def test_a_value_comes_back_as_it_went_and_is_not_seen_between():
    converter = data_converter(Keyring("new", {"new": NEW}))
    [sealed] = await converter.encode([WORD])
    assert SECRET.encode() not in sealed.SerializeToString()
    assert sealed.metadata["encryption-key-id"] == b"new"
    assert await converter.decode([sealed], [Carried]) == [WORD]
    [again] = await converter.encode([WORD])
    assert again.data != sealed.data


async def test_an_old_key_still_opens_and_the_active_one_seals():
    [sealed] = await data_converter(Keyring("old", {"old": OLD})).encode([WORD])
    ring = data_converter(Keyring("new", {"new": NEW, "old": OLD}))
    assert await ring.decode([sealed], [Carried]) == [WORD]
    [resealed] = await ring.encode([WORD])
    assert resealed.metadata["encryption-key-id"] == b"new"


async def test_a_missing_key_is_named():
    [sealed] = await data_converter(Keyring("old", {"old": OLD})).encode([WORD])
    with pytest.raises(CodecError, match="needs the key 'old', which is not in"):
        await data_converter(Keyring("new", {"new": NEW})).decode([sealed], [Carried])


@pytest.mark.parametrize("change", ["bit", "short", "empty", "other key", "other id"])
async def test_an_altered_payload_does_not_open(change):
    ring = Keyring("new", {"new": NEW, "old": OLD})
    [sealed] = await data_converter(ring).encode([WORD])
    data = {"bit": sealed.data[:-1] + bytes([sealed.data[-1] ^ 1]), "short": sealed.data[:20], "empty": b""}
    altered = Payload(metadata=sealed.metadata, data=data.get(change, sealed.data))
    if change == "other id":
        altered.metadata["encryption-key-id"] = b"old"
    if change == "other key":
        ring = Keyring("new", {"new": OLD})
    with pytest.raises(CodecError, match="does not open with the key"):
        await data_converter(ring).decode([altered], [Carried])


async def test_an_error_says_nothing_of_the_payload():
    converter = data_converter(Keyring("new", {"new": NEW}))
    payloads = await converter.encode([{"number": SECRET, SECRET: 1}])
    with pytest.raises(CodecError, match=r"a payload is not a Numbered: int_parsing ×1") as refused:
        await converter.decode(payloads, [Numbered])
    told, error = "", refused.value
    while error is not None:
        told += repr(error)
        error = error.__cause__ or error.__context__
    assert SECRET not in told


async def test_a_plain_payload_passes():
    converter = data_converter(Keyring("new", {"new": NEW}))
    plain = Payload(metadata={"encoding": b"json/plain"}, data=b'{"number": 3}')
    assert await converter.decode([plain], [Numbered]) == [Numbered(number=3)]


def test_a_keyring_refuses_what_cannot_work_and_hides_its_keys():
    with pytest.raises(ValueError, match="the active key 'new' is not in the keyring"):
        Keyring("new", {"old": OLD})
    with pytest.raises(ValueError, match="the key 'new' has 5 bytes; AES-256 needs 32"):
        Keyring("new", {"new": b"short"})
    assert repr(NEW) not in repr(Keyring("new", {"new": NEW}))


async def test_the_server_stores_no_plaintext(tmp_path, cache_dir, keys):
    async with embedded(tmp_path, cache_dir=cache_dir, ui=False, say=print) as stack:
        client = await connect(stack.address, "default", keys)
        name = f"courier-{uuid4()}"
        async with Worker(client, task_queue="courier", workflows=[Courier], activities=[echo, fail]):
            handle = await client.start_workflow(
                Courier.run, WORD, id=name, task_queue="courier", static_summary=SECRET, static_details=SECRET
            )
            assert await handle.execute_update(Courier.tell, WORD) == WORD
            with pytest.raises(WorkflowFailureError) as failed:
                await handle.result()
            assert SECRET in str(failed.value.cause.cause)
        history = await client.workflow_service.get_workflow_execution_history(
            GetWorkflowExecutionHistoryRequest(
                namespace="default", execution=WorkflowExecution(workflow_id=name), maximum_page_size=1000
            )
        )
        raw = history.SerializeToString()
        assert b"TestCourier" in raw
        assert b"test.fail" in raw
        assert SECRET.encode() not in raw
    stored = await asyncio.to_thread(
        lambda: b"".join(path.read_bytes() for path in (tmp_path / "temporal").glob("*") if path.is_file())
    )
    assert name.encode() in stored
    assert SECRET.encode() not in stored


async def test_nobody_answering_is_one_sentence(keys):
    with pytest.raises(TemporalError, match=r"no Temporal server answers at 127\.0\.0\.1:1:") as refused:
        await connect("127.0.0.1:1", "default", keys)
    assert refused.value.code == "temporal.unreachable"


def test_leaving_writes_everything_and_keeps_the_code():
    script = (
        "import sys; from service.client import leave; print('all of it'); sys.stderr.write('too'); leave(4)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (4, "all of it\n", "too")


def test_leaving_with_nobody_reading_keeps_the_code():
    script = "import sys; from service.client import leave; print('unread'); leave(3)"
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, env=buffered) as reader:
        reader.stdout.close()
        assert reader.wait(timeout=30) == 3
