from datetime import timedelta

import pytest

from playbooks.forms import FormLibrary
from playbooks.incident import DEFAULT, load_playbook
from playbooks.invalid import PackInvalid
from playbooks.messages import MESSAGES


@pytest.fixture
def broken(tmp_path):
    def write(old, new):
        text = DEFAULT.read_text(encoding="utf-8")
        assert old in text
        path = tmp_path / "data-leak.yaml"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return path, text[: text.index(old)].count("\n") + 1

    return write


def test_the_shipped_playbook_holds_and_names_what_exists():
    playbook = load_playbook()
    assert playbook.id == "data-leak"
    assert {step.phase for step in playbook.steps} == {"containment", "recovery"}
    assert any(step.undo for step in playbook.steps)
    assert set(playbook.forms.values()) <= set(FormLibrary().ids)
    assert all((MESSAGES / message).is_dir() for message in playbook.notification.messages)
    assert playbook.targets.immediate == timedelta(hours=1)
    assert playbook.digest == load_playbook().digest


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("percents: [50, 75, 90, 100]", "percents: [75, 50]", "rise"),
        ("percents: [50, 75, 90, 100]", "percents: [50, 120]", "rise"),
        ("    action: isolate-host\n", "", "automatic step names its action"),
        ("id: revoke-access", "id: isolate-source", "stands here twice"),
        ("channels: [sms, email]", "channels: [sms, sms]", "once"),
        ("channels: [sms, email]", "channels: [fax]", "input should be"),
        ("  initial: ncirm-7", "  first: ncirm-7", "a stage is one of"),
        ("repeat: PT30M", "repeat: PT0M", "greater than"),
        ("batch: 1000", "batch: 100000", "less than or equal"),
        ("roles: [lead, legal]", "rolls: [lead, legal]", "no field called rolls"),
        ("    mode: manual\n", "    mode: manual\n    undo: isolate-host\n", "only an automatic step"),
        ("version: 1", "version: [", "no YAML"),
    ],
)
def test_a_broken_playbook_is_refused_with_its_line(broken, old, new, says):
    path, line = broken(old, new)
    with pytest.raises(PackInvalid, match=says) as caught:
        load_playbook(path)
    assert caught.value.line >= 1
    assert abs(caught.value.line - line) <= 4 or caught.value.line == 1


def test_a_playbook_that_is_no_mapping_or_not_there_is_refused(tmp_path):
    path = tmp_path / "list.yaml"
    path.write_text("- one\n- two\n")
    with pytest.raises(PackInvalid, match="a mapping"):
        load_playbook(path)
    with pytest.raises(PackInvalid, match="cannot be read"):
        load_playbook(tmp_path / "absent.yaml")
