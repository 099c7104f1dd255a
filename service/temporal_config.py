"""What a Temporal server on one machine is started with: ports, YAML, dynamic configuration."""

import io
import json
import random
import socket
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final, Self

from ruamel.yaml import YAML

LOOPBACK: Final = "127.0.0.1"

# Below every system's ephemeral range, so that no outgoing connection of any program takes a port
# of ours between two starts: a server killed and started again keeps its address.
_RANGE: Final = range(10_000, 32_000)

_SMALL_INSTALLATION: Final[Mapping[str, bool | int | str]] = {
    # One shard's queues are polled 20 times a second by default: 51-101 ms per activity, 11-13 ms so.
    "history.transferProcessorMaxPollRPS": 2000,
    "history.timerProcessorMaxPollRPS": 2000,
    "history.visibilityProcessorMaxPollRPS": 2000,
    # An append comes back with the answer to the workflow task that asks for it, and waits in no queue.
    "system.enableActivityEagerExecution": True,
    # Timers are otherwise rounded up to about a second.
    "history.timerProcessorMaxTimeShift": "10ms",
    "matching.numTaskqueueReadPartitions": 1,
    "matching.numTaskqueueWritePartitions": 1,
    # A campaign's thousands of batches must not starve another incident's few letters.
    "matching.enableFairness": True,
    # A new search attribute is usable at once; every read then asks the database, hence the limits.
    "system.forceSearchAttributesCacheRefreshOnRead": True,
    "frontend.persistenceMaxQPS": 10_000,
    "history.persistenceMaxQPS": 45_000,
}
_IN_TESTS: Final[Mapping[str, bool | int | str]] = {
    "frontend.WorkflowTimeSkippingEnabled": True,
    # What the auditor must see: a paused workflow, and one whose tasks fail, at the first failure.
    "frontend.WorkflowPauseEnabled": True,
    "system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute": 1,
}


@dataclass(frozen=True, slots=True)
class Ports:
    """Every loopback port that one server and its UI listen on."""

    frontend: int
    ui: int
    http: int
    history: int
    matching: int
    worker: int
    frontend_ring: int
    history_ring: int
    matching_ring: int
    worker_ring: int

    @classmethod
    def free(cls, *, usual: bool) -> Self:
        """Choose ports nobody listens on; with `usual`, Temporal's 7233 and 8233 where they are free.

        All are held at once while choosing, so no two are the same. Between the choice and the
        server's own bind another program may still take one; the caller then chooses again.

        Raises:
            OSError: when nothing at all can be bound on the loopback address.

        """
        first = _USUAL if usual else {}
        with ExitStack() as held:
            return cls(**{field.name: _bind(held, first.get(field.name)) for field in fields(cls)})

    @property
    def address(self) -> str:
        """Where clients and workers connect."""
        return f"{LOOPBACK}:{self.frontend}"

    @property
    def ui_url(self) -> str:
        """Where a browser finds the UI."""
        return f"http://{LOOPBACK}:{self.ui}"


_USUAL: Final = {"frontend": 7233, "ui": 8233}


def _bind(held: ExitStack, usual: int | None) -> int:
    candidates = random.sample(_RANGE, 64)
    for port in candidates if usual is None else [usual, *candidates]:
        listener = held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
        # As Go's listeners do; a port that is listened on stays refused.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, port))
        except OSError:
            continue
        return port
    raise OSError("no free port was found on the loopback address")


def dynamic(*, time_skipping: bool) -> dict[str, bool | int | str]:
    """The settings of a small installation; with `time_skipping` also what only the tests need."""
    return {**_SMALL_INSTALLATION, **(_IN_TESTS if time_skipping else {})}


def dev_arguments(ports: Ports, database: Path, *, time_skipping: bool, ui: bool) -> list[str]:
    """The arguments after `temporal` that start the CLI's server with these ports and settings."""
    arguments = ["server", "start-dev", "--log-level", "error", "--ip", LOOPBACK]
    arguments += ["--port", str(ports.frontend), "--http-port", str(ports.http)]
    arguments += ["--db-filename", str(database)]
    arguments += ["--sqlite-pragma", "journal_mode=wal", "--sqlite-pragma", "synchronous=2"]
    arguments += ["--ui-port", str(ports.ui)] if ui else ["--headless"]
    for name, value in dynamic(time_skipping=time_skipping).items():
        arguments += ["--dynamic-config-value", f"{name}={json.dumps(value)}"]
    return arguments


def write_server(folder: Path, ports: Ports, database: Path, *, time_skipping: bool) -> Path:
    """Write the production server's YAML and dynamic configuration; return the former's path."""
    settings = folder / "dynamic.yaml"
    settings.write_text(
        _yaml({name: [{"value": value}] for name, value in dynamic(time_skipping=time_skipping).items()}),
        encoding="utf-8",
    )
    path = folder / "server.yaml"
    path.write_text(_yaml(_server(ports, database, settings)), encoding="utf-8")
    return path


def write_ui(folder: Path, ports: Ports) -> None:
    """Write the UI's `development.yaml`."""
    settings = {
        "temporalGrpcAddress": ports.address,
        "host": LOOPBACK,
        "port": ports.ui,
        "enableUi": True,
        "disableNewsFetch": True,
        "cors": {"allowOrigins": [ports.ui_url]},
        "defaultNamespace": "default",
    }
    (folder / "development.yaml").write_text(_yaml(settings), encoding="utf-8")


def _server(ports: Ports, database: Path, settings: Path) -> dict[str, Any]:
    cluster = {
        "enabled": True,
        "initialFailoverVersion": 1,
        "rpcName": "frontend",
        "rpcAddress": ports.address,
        "httpAddress": f"{LOOPBACK}:{ports.http}",
    }
    return {
        "log": {"stdout": True, "level": "error"},
        "persistence": {
            "defaultStore": "sqlite",
            "visibilityStore": "sqlite",
            "numHistoryShards": 1,
            "datastores": {
                "sqlite": {
                    "sql": {
                        "pluginName": "sqlite",
                        "databaseName": str(database),
                        "connectAddr": "localhost",
                        "connectProtocol": "tcp",
                        "connectAttributes": {"setup": "true", "journal_mode": "wal", "synchronous": "2"},
                        # SQLite has one writer: with four connections most calls end in SQLITE_BUSY.
                        "maxConns": 1,
                        "maxIdleConns": 1,
                        "maxConnLifetime": "1h",
                    },
                },
            },
        },
        "global": {"membership": {"maxJoinDuration": "30s", "broadcastAddress": LOOPBACK}},
        "services": {
            "frontend": _rpc(ports.frontend, ports.frontend_ring, httpPort=ports.http),
            "matching": _rpc(ports.matching, ports.matching_ring),
            "history": _rpc(ports.history, ports.history_ring),
            "worker": _rpc(ports.worker, ports.worker_ring),
        },
        "clusterMetadata": {
            "enableGlobalNamespace": False,
            "failoverVersionIncrement": 10,
            "masterClusterName": "active",
            "currentClusterName": "active",
            "clusterInformation": {"active": cluster},
        },
        "dcRedirectionPolicy": {"policy": "noop"},
        "archival": {"history": {"state": "disabled"}, "visibility": {"state": "disabled"}},
        "dynamicConfigClient": {"filepath": str(settings), "pollInterval": "10s"},
    }


def _rpc(grpc: int, ring: int, **more: int) -> dict[str, Any]:
    return {"rpc": {"grpcPort": grpc, "membershipPort": ring, "bindOnLocalHost": True, **more}}


def _yaml(document: Mapping[str, Any]) -> str:
    text = io.StringIO()
    YAML(typ="safe", pure=True).dump(dict(document), text)
    return text.getvalue()
