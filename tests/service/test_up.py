"""Roles as processes of their own: they say when they work, and leave in good order when asked to."""

import asyncio
import json
import os
import signal
import sys

import httpx
import pytest

from service.installation import enrol, install
from service.settings import load


@pytest.fixture
async def installation(temporal, tmp_path, monkeypatch):
    for name in tuple(os.environ):
        if name.startswith("TOCSIN_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("TOCSIN_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("TOCSIN_TEMPORAL_ADDRESS", temporal.address)
    monkeypatch.setenv("TOCSIN_TEMPORAL_NAMESPACE", f"up-{tmp_path.name[-40:]}")
    monkeypatch.setenv("TOCSIN_INTAKE__PORT", "0")
    settings = load()
    await asyncio.to_thread(install, settings)
    await enrol(settings)
    return settings


async def started(*words):
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "cli.main",
        *words,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )


async def line(process):
    async with asyncio.timeout(60):
        return (await process.stdout.readline()).decode()


@pytest.mark.usefixtures("installation")
@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
async def test_workers_leave_in_good_order_when_asked(asked):
    process = await started("worker", "--queue", "decide", "--queue", "deliver-mail")
    assert await line(process) == "Working: decide, deliver-mail\n"
    process.send_signal(asked)
    _, complaint = await asyncio.wait_for(process.communicate(), 30)
    assert (process.returncode, complaint.decode()) == (0, "")


@pytest.mark.usefixtures("installation")
async def test_the_door_opens_and_closes_when_asked():
    process = await started("intake")
    address = (await line(process)).removeprefix("The door: ").strip()
    async with httpx.AsyncClient(base_url=address) as client:
        assert (await client.get("/healthz")).json() == {"status": "ok"}
        assert (await client.post("/alerts/nobody", content=b"{}")).status_code == 404
    process.terminate()
    _, complaint = await asyncio.wait_for(process.communicate(), 30)
    assert (process.returncode, complaint.decode()) == (0, "")


async def test_everything_runs_in_one_process(installation):
    process = await started("up")
    said = [await line(process)]
    while not said[-1].startswith("Running"):
        said.append(await line(process))
    where = json.loads((installation.data_dir / "up.json").read_text())
    async with httpx.AsyncClient(base_url=where["door"]) as client:
        assert (await client.get("/healthz")).status_code == 200
    process.terminate()
    rest, complaint = await asyncio.wait_for(process.communicate(), 60)
    assert (process.returncode, complaint.decode()) == (0, "")
    assert rest.decode().startswith("Leaving")
    assert not (installation.data_dir / "up.json").exists()


@pytest.mark.usefixtures("temporal")
async def test_a_worker_does_not_start_where_an_attribute_is_missing(temporal, installation, monkeypatch):
    monkeypatch.setenv("TOCSIN_TEMPORAL_NAMESPACE", "nobody-registered")
    process = await started("worker", "--queue", "act")
    _, complaint = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 4
    assert "nobody-registered" in complaint.decode()
    assert temporal.address
    assert installation.data_dir


async def test_a_taken_port_that_the_settings_name_is_told_of(installation, monkeypatch):
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        monkeypatch.setenv("TOCSIN_INTAKE__PORT", str(port))
        process = await started("intake")
        _, complaint = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 6
    assert complaint.decode().startswith(f"TOCSIN_INTAKE__PORT: nothing can listen on 127.0.0.1:{port}")
    assert installation.data_dir


async def test_a_source_that_cannot_work_is_told_of_without_its_secret(installation, monkeypatch):
    sources = {"siem": {"adapter": "ocsf", "secrets": ["hunter2"]}}
    monkeypatch.setenv("TOCSIN_SOURCES", json.dumps(sources))
    process = await started("intake")
    _, complaint = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 6
    assert "TOCSIN_SOURCES: the source siem" in complaint.decode()
    assert "hunter2" not in complaint.decode()
    assert installation.data_dir
