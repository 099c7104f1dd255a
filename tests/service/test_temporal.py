import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from temporalio.client import Client
from temporalio.common import SearchAttributeKey
from temporalio.testing import TimeSkipper, TimeSkippingConfig
from temporalio.worker import Worker

from service.client import connect
from service.registration import missing, register
from service.temporal import embedded, running
from service.temporal_error import TemporalError
from service.temporal_find import find_way
from service.temporal_server import Server, need_room, prepare
from tests.service.flows import Alarm, Errand, echo
from workflows.search import ATTRIBUTES

ROOT = Path(__file__).parents[2]


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def port_of(address):
    return int(address.rsplit(":", 1)[1])


async def poll(found, seconds=20):
    until = time.monotonic() + seconds
    while not (value := await found()):
        assert time.monotonic() < until, "waited in vain"
        await asyncio.sleep(0.02)
    return value


async def test_namespace_and_attributes_are_usable_at_once(temporal, temporal_client):
    assert temporal.pid is not None
    assert temporal.way
    assert await missing(temporal_client) == ()
    async with Worker(temporal_client, task_queue="usable", workflows=[Errand], activities=[echo]):
        name = f"usable-{uuid4()}"
        handle = await temporal_client.start_workflow(Errand.run, id=name, task_queue="usable")

        async def listed():
            query = f"WorkflowId = '{name}' AND IncidentPhase = 'detected' AND Affected > 5 AND Drill = true"
            return (await temporal_client.count_workflows(query)).count == 1

        await poll(listed)
        await handle.signal(Errand.release)
        assert await handle.result() > 0


async def test_registering_again_changes_nothing(temporal_client):
    await register(temporal_client)
    assert await missing(temporal_client) == ()


async def test_another_namespace_gets_the_same_attributes(temporal, keys):
    client = await connect(temporal.address, "second", keys)
    with pytest.raises(TemporalError, match="cannot be read") as refused:
        await missing(client)
    assert refused.value.code == "temporal.namespace"
    await register(client, retention=timedelta(days=3))
    assert await missing(client) == ()


async def test_an_attribute_of_another_type_is_refused_in_one_sentence(temporal_client):
    wrong = SearchAttributeKey.for_keyword("Affected")
    with pytest.raises(TemporalError, match="has Affected with another type") as refused:
        await register(temporal_client, attributes=[*ATTRIBUTES[:2], wrong])
    assert refused.value.code == "temporal.namespace"
    assert await missing(temporal_client, [wrong]) == ("Affected",)


async def test_a_lone_timer_is_fast_forwarded(temporal_client):
    skipper = TimeSkipper(temporal_client, config=TimeSkippingConfig(enabled=False))
    async with Worker(temporal_client, task_queue="lone", workflows=[Alarm]):
        handle = await skipper.client.start_workflow(Alarm.run, id=f"lone-{uuid4()}", task_queue="lone")
        began = time.monotonic()
        await skipper.fast_forward(handle, timedelta(days=3, minutes=1))
        assert await handle.result() >= timedelta(days=3)
        assert time.monotonic() - began < 30


async def test_running_workflows_survive_sigkill(tmp_path, cache_dir, keys):
    async with embedded(tmp_path, cache_dir=cache_dir, say=print) as stack:
        assert running(tmp_path).address == stack.address
        async with httpx.AsyncClient(trust_env=False) as browser:
            assert (await browser.get(stack.ui_url)).status_code == 200
        client = await connect(stack.address, "default", keys)
        async with Worker(client, task_queue="kill", workflows=[Errand], activities=[echo]):
            handles = [
                await client.start_workflow(
                    Errand.run,
                    id=f"kill-{n}",
                    task_queue="kill",
                    # A task lost in the kill is given out again after this; ten seconds unless said.
                    task_timeout=timedelta(seconds=2),
                )
                for n in range(10)
            ]
            first, before = stack.pid, stack.address
            await stack.kill()
            assert stack.pid is None
            await stack.start()
            assert stack.pid not in {None, first}
            assert stack.address == before
            for handle in handles:
                await handle.signal(Errand.release)
            assert all(turns >= 0 for turns in await asyncio.gather(*(h.result() for h in handles)))
    assert not listens(port_of(stack.address))
    assert not listens(port_of(stack.ui_url))
    assert running(tmp_path) is None


async def test_one_data_directory_has_one_server(tmp_path, cache_dir):
    async with embedded(tmp_path, cache_dir=cache_dir, ui=False, say=print):
        with pytest.raises(TemporalError, match="another process already keeps") as refused:
            async with embedded(tmp_path, cache_dir=cache_dir, ui=False, say=print):
                pass
    assert refused.value.code == "temporal.in_use"


async def test_taken_ports_are_avoided(tmp_path, cache_dir):
    with socket.socket() as usual:
        usual.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if not listens(7233):
            usual.bind(("127.0.0.1", 7233))
            usual.listen()
        async with embedded(tmp_path, cache_dir=cache_dir, ui=False, say=print) as stack:
            assert port_of(stack.address) != 7233
            assert await (await Client.connect(stack.address)).count_workflows()


async def test_two_servers_never_choose_the_same_usual_port(tmp_path, cache_dir):
    async with embedded(tmp_path / "one", cache_dir=cache_dir, ui=False, say=print) as one:
        await one.kill()
        async with embedded(tmp_path / "two", cache_dir=cache_dir, ui=False, say=print) as two:
            assert port_of(two.address) not in {port_of(one.address), 7233}
            await one.start()
            assert await (await Client.connect(one.address)).count_workflows()


async def test_a_port_lost_between_choice_and_start_is_chosen_again(tmp_path, cache_dir):
    way = await find_way(cache_dir, print)
    server = Server(
        prepare(tmp_path), way, namespace="default", time_skipping=False, ui=False, usual_ports=False
    )
    lost = server.ports
    # The CLI chooses its inner ports itself, so the one port both ways share is taken.
    with socket.socket() as faster:
        faster.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        faster.bind(("127.0.0.1", lost.http))
        faster.listen()
        try:
            await server.start_anywhere()
            assert server.ports.http != lost.http
            assert server.pid is not None
        finally:
            await server.stop()


async def test_nothing_is_left_when_the_owner_is_killed(tmp_path):
    script = tmp_path / "owner.py"
    script.write_text(
        "import asyncio, json, sys\n"
        "from pathlib import Path\n"
        "from service.temporal import embedded\n"
        "from service.place import cache_dir\n"
        "async def main():\n"
        "    say = sys.stderr.write\n"
        "    async with embedded(Path(sys.argv[1]), cache_dir=cache_dir(), say=say) as stack:\n"
        "        print(json.dumps([stack.address, stack.ui_url]), flush=True)\n"
        "        await asyncio.Event().wait()\n"
        "asyncio.run(main())\n",
    )
    data = tmp_path / "data"
    owner = subprocess.Popen(  # noqa: ASYNC220 - the fork is over at once
        [sys.executable, script, data],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": "."},
        stdout=subprocess.PIPE,
    )
    with owner:
        address, ui_url = json.loads(await asyncio.to_thread(owner.stdout.readline))
        assert running(data).address == address
        assert listens(port_of(address))
        owner.send_signal(signal.SIGKILL)

    async def gone():
        return not listens(port_of(address)) and not listens(port_of(ui_url))

    await poll(gone)
    assert running(data) is None


async def test_an_address_in_the_settings_goes_first(temporal, tmp_path, cache_dir):
    async with embedded(tmp_path, cache_dir=cache_dir, address=temporal.address, say=print) as stack:
        assert stack.address == temporal.address
        assert "settings" in stack.way
        assert stack.pid is None
        with pytest.raises(TemporalError, match="not ours") as refused:
            await stack.kill()
    assert refused.value.code == "temporal.not_ours"
    assert temporal.pid is not None
    assert list(tmp_path.iterdir()) == []


async def test_an_address_where_nothing_answers_is_told(tmp_path, cache_dir):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(TemporalError, match="no Temporal server answers at") as refused:
            async with embedded(tmp_path, cache_dir=cache_dir, address=address, say=print):
                pass
    assert refused.value.code == "temporal.unreachable"


async def test_a_file_in_the_way_of_the_data_directory_is_told(tmp_path, cache_dir):
    (tmp_path / "taken").write_text("")
    await refused_data_dir(tmp_path / "taken" / "data", cache_dir)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
async def test_a_read_only_data_directory_is_told(tmp_path, cache_dir):
    tmp_path.chmod(0o500)
    await refused_data_dir(tmp_path / "data", cache_dir)


@pytest.mark.skipif(sys.platform != "linux", reason="a folder that even root cannot write is Linux's /proc")
async def test_a_data_directory_nobody_may_write_is_told(cache_dir):
    await refused_data_dir(Path("/proc/self/data"), cache_dir)


async def refused_data_dir(data_dir, cache_dir):
    with pytest.raises(TemporalError, match=r"cannot be written .*TOCSIN_DATA_DIR") as refused:
        async with embedded(data_dir, cache_dir=cache_dir, say=print):
            pass
    assert refused.value.code == "temporal.data_dir"


def test_a_full_disk_is_told(tmp_path):
    with pytest.raises(TemporalError, match=r"MiB free and at least .* are needed") as refused:
        need_room(tmp_path, needed=1 << 62)
    assert refused.value.code == "temporal.disk_full"
