"""Which playbook an installation goes by, and what it does not start on."""

import pytest

from domain.state import State
from playbooks.forms import FormLibrary
from playbooks.incident import DEFAULT, PLAYBOOKS
from playbooks.invalid import PackInvalid
from playbooks.messages import MESSAGES, message_ids
from service.library import Library
from service.settings import Settings
from service.settings_error import SettingsError


def library(tmp_path, **settings):
    return Library(Settings(data_dir=tmp_path, **settings))


def test_an_alerts_class_or_the_kind_of_case_chooses_the_playbook(tmp_path):
    shelf = library(tmp_path, playbook_by_class={"malware": "ransomware"})
    assert shelf.choose("malware").id == "ransomware"
    assert shelf.choose("exfiltration").id == "data-leak"
    assert shelf.choose("manual", "vulnerability").id == "vulnerability"
    assert shelf.choose("malware", named="important-data").id == "important-data"


def test_a_class_that_names_no_playbook_is_a_mistake_in_the_settings(tmp_path):
    with pytest.raises(SettingsError, match="malware names the playbook ransom; there are data-leak"):
        _ = library(tmp_path, playbook_by_class={"malware": "ransom"}).playbooks


def test_nothing_starts_on_a_playbook_that_leaves_a_duty_unserved(tmp_path):
    own = tmp_path / "data-leak.yaml"
    text = DEFAULT.read_text(encoding="utf-8")
    own.write_text(text.replace("include: [legal]\n", ""), encoding="utf-8")
    shelf = library(tmp_path, playbook=own)
    with pytest.raises(PackInvalid, match="no step serves"):
        shelf.see_playbooks(FormLibrary(), message_ids(MESSAGES))
    library(tmp_path).see_playbooks(FormLibrary(), message_ids(MESSAGES))


def test_a_form_of_one_places_law_goes_to_no_authority_of_another(tmp_path):
    shelf, state = library(tmp_path), State(incident="I-AAAAAAAAAAAA")
    assert shelf.form("CN-NCIRM-4-OTHER", "initial", state) == "ncirm-7"
    assert shelf.form("CN-DSL-29", "initial", state) == "ncirm-7"
    assert shelf.form("EU-GDPR-33-1", "initial", state) == "general"
    assert shelf.form("US-NYDFS-17A", "final", state) == "general"
    assert shelf.form("REQUEST-1", "initial", state) == "general"


def test_a_folder_of_ones_own_is_read_alone_and_each_file_is_called_like_its_playbook(tmp_path):
    folder = tmp_path / "plans"
    folder.mkdir()
    text = (PLAYBOOKS / "ransomware.yaml").read_text(encoding="utf-8")
    (folder / "ransomware.yaml").write_text(text, encoding="utf-8")
    shelf = library(tmp_path, playbooks_dir=folder)
    assert shelf.playbook.id == "ransomware"
    assert shelf.choose("any").id == "ransomware"
    (folder / "other.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(PackInvalid, match="called like its file: other"):
        _ = library(tmp_path, playbooks_dir=folder).playbooks
