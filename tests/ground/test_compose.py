"""The production shape: valid, pinned, healthy, given time to stop, and free of secrets."""

import re
import shlex
import shutil
import stat
import subprocess
import sys
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest
import typer.main
from ruamel.yaml import YAML
from sqlalchemy import make_url

from cli.main import app
from service import temporal_config
from service.compose import Role
from service.settings import Settings, load, strangers
from service.temporal_programs import SERVER_VERSION, UI_VERSION
from service.worker import DELIVERY_GRACE, GRACE

ONE_SHOT = {"temporal-schema", "init"}
OURS = {"init", "decide", "act", "deliver-mail", "deliver-sms", "intake", "auditor"}
TAG = re.compile(r"\d+(\.\d+)+[\w.-]*")


@pytest.fixture(scope="module")
def compose(root):
    return YAML(typ="safe").load(root / "compose.yaml")


@pytest.fixture(scope="module")
def services(compose):
    return compose["services"]


def seconds(text):
    return timedelta(**{{"s": "seconds", "m": "minutes"}[text[-1]]: int(text[:-1])}).total_seconds()


def test_it_keeps_to_the_compose_specification(root):
    checker = Path(sys.executable).with_name("check-jsonschema")
    subprocess.run(
        [checker, "--builtin-schema", "vendor.compose-spec", root / "compose.yaml"],
        check=True,
        capture_output=True,
    )


def test_every_image_has_a_version_and_none_is_the_latest(services):
    for name, service in services.items():
        image, _, tag = service["image"].partition(":")
        assert TAG.match(tag), f"{name}: {image} has no version"


def test_our_image_carries_our_version(services, root):
    version = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert {services[name]["image"] for name in OURS} == {f"tocsin:{version}"}


def test_temporals_images_are_the_versions_that_are_built_here(services):
    assert services["temporal"]["image"].endswith(f":{SERVER_VERSION}")
    assert services["temporal-schema"]["image"].endswith(f":{SERVER_VERSION}")
    assert services["temporal-ui"]["image"].endswith(f":{UI_VERSION}")


def test_every_service_has_a_health_check_or_ends_by_itself(services):
    for name, service in services.items():
        if name in ONE_SHOT:
            assert service["restart"].startswith("on-failure")
        else:
            assert service["healthcheck"]["test"][0] == "CMD", name
            assert service["restart"] == "unless-stopped"


def test_who_waits_for_a_one_shot_waits_for_its_success(services):
    for service in services.values():
        for awaited, how in service.get("depends_on", {}).items():
            want = "service_completed_successfully" if awaited in ONE_SHOT else "service_healthy"
            assert how["condition"] == want


def test_every_queue_has_a_worker_with_time_to_stop(services):
    graces = {
        service["command"][2]: seconds(service["stop_grace_period"])
        for service in services.values()
        if service.get("command", [""])[0] == "worker"
    }
    assert set(graces) == set(Role)
    for queue, grace in graces.items():
        needed = DELIVERY_GRACE if queue.startswith("deliver") else GRACE
        assert grace > needed.total_seconds(), queue


def environment(service):
    return service.get("environment", {})


def test_every_setting_that_is_named_exists_and_is_accepted(services, root, monkeypatch):
    named = {
        **dict(re.findall(r"\b(TOCSIN_\w+)=(\S+)", (root / "Dockerfile").read_text(encoding="utf-8"))),
        **{name: value for service in services.values() for name, value in environment(service).items()},
    }
    ours = {name: value for name, value in named.items() if name.startswith("TOCSIN_")}
    assert ours
    for name, value in ours.items():
        monkeypatch.setenv(name, value)
    assert not set(strangers()) & ours.keys()
    Settings()


def test_the_example_of_the_settings_is_accepted_as_it_stands_and_with_all_of_it(root, tmp_path, monkeypatch):
    example = (root / "deploy" / "tocsin.yaml.example").read_text(encoding="utf-8")
    everything = re.sub(r"^( *)# (?= *[\w-]+:( |$))", r"\1", example, flags=re.MULTILINE)
    for name, text in (("some.yaml", example), ("all.yaml", everything)):
        (tmp_path / name).write_text(text.replace("@tocsin_db_password@", "0" * 48), encoding="utf-8")
        monkeypatch.setenv("TOCSIN_CONFIG", str(tmp_path / name))
        settings = load()
        assert make_url(settings.ledger_url.get_secret_value()).password == "0" * 48
    assert set(settings.operators) == {"duty-1", "counsel", "analyst"}
    assert settings.email.host == "smtp.example.com"


def test_no_secret_stands_in_the_file(root, services):
    for service in services.values():
        for name, value in environment(service).items():
            if re.search("PASSWORD|PWD|SECRET|TOKEN|KEY", name):
                assert str(value).startswith("/run/secrets/")
        assert "env_file" not in service
    assert "deploy/secrets/" in (root / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_only_loopback_ports_are_published(services):
    for service in services.values():
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:")


def test_the_database_and_temporal_have_no_way_out(compose, services):
    assert compose["networks"]["back"]["internal"] is True
    for name in ("postgresql", "temporal-schema", "temporal"):
        assert services[name]["networks"] == ["back"]


def test_temporal_runs_with_the_settings_of_the_embedded_server(root):
    # Not carried over: a cache that asks the database at every read, and the limits that this needs.
    one_machine = {
        "system.forceSearchAttributesCacheRefreshOnRead",
        "frontend.persistenceMaxQPS",
        "history.persistenceMaxQPS",
    }
    written = YAML(typ="safe").load(root / "deploy" / "temporal" / "dynamic.yaml")
    embedded = dict(temporal_config._SMALL_INSTALLATION)
    assert {key: rows[0]["value"] for key, rows in written.items()} == {
        key: value for key, value in embedded.items() if key not in one_machine
    }


def test_every_mounted_file_is_there_and_the_scripts_can_be_run(root, services):
    for service in services.values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("./"):
                assert (root / source).is_dir()
    for script in (root / "deploy").rglob("*"):
        if script.is_file() and script.read_bytes().startswith(b"#!"):
            assert script.stat().st_mode & stat.S_IXUSR, script
            subprocess.run(["sh", "-n", script], check=True)


def test_prepare_makes_what_is_missing_and_leaves_what_is_there(root, tmp_path):
    shutil.copytree(root / "deploy", tmp_path / "deploy", ignore=shutil.ignore_patterns("secrets"))
    prepare = [tmp_path / "deploy" / "prepare"]
    subprocess.run(prepare, check=True, capture_output=True)
    secrets = tmp_path / "deploy" / "secrets"
    made = {path.name: path.read_text(encoding="utf-8") for path in secrets.iterdir()}
    settings = made.pop("tocsin.yaml")

    assert len(set(made.values())) == len(made)
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700
    assert made["tocsin_db_password"] in settings
    assert "@tocsin_db_password@" not in settings

    again = subprocess.run(prepare, check=True, capture_output=True, text=True)
    assert again.stdout == ""
    made["tocsin.yaml"] = settings
    assert made == {path.name: path.read_text(encoding="utf-8") for path in secrets.iterdir()}


def test_prepare_makes_every_secret_that_is_mounted(compose, root):
    script = (root / "deploy" / "prepare").read_text(encoding="utf-8")
    for secret in compose["secrets"].values():
        folder, _, name = secret["file"].rpartition("/")
        assert folder == "deploy/secrets"
        assert name in script


def test_the_image_is_pinned_locked_and_not_root(root):
    text = (root / "Dockerfile").read_text(encoding="utf-8")
    bases = re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    assert len(bases) == 2
    assert all(TAG.match(base.partition(":")[2]) for base in bases)
    assert "--require-hashes" in text
    assert "requirements-dev.lock" not in text
    assert re.search(r"^USER tocsin$", text, re.MULTILINE)
    assert 'ENTRYPOINT ["tini", "--", "tocsin"]' in text
    assert "HEALTHCHECK" in text


def test_the_image_is_built_from_all_the_rooms_and_nothing_else(root):
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    rooms = set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    allowed = {
        line[1:]
        for line in (root / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line.startswith("!")
    }
    papers = {"pyproject.toml", "README.md", "LICENSE", "requirements.lock", "requirements-build.lock"}
    assert allowed == rooms | papers


def test_the_commands_that_are_called_exist(services):
    commands = typer.main.get_command(app).commands
    for name in OURS:
        service = services[name]
        checked = service["healthcheck"].get("test", [])
        for words in (service["command"], checked[2:] if checked[1:2] == ["tocsin"] else []):
            if words:
                options = {option for parameter in commands[words[0]].params for option in parameter.opts}
                assert {word for word in words if word.startswith("--")} <= options, shlex.join(words)
