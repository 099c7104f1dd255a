import json
import shutil

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from playbooks.filing import FILING, FilingGuides
from playbooks.forms import FORMS, FormLibrary
from playbooks.invalid import PackInvalid
from playbooks.loader import load_packs
from playbooks.schema import (
    FIELD_MAP_SCHEMA,
    FILING_SCHEMA,
    FORM_SCHEMA,
    field_map_schema,
    filing_schema,
    form_schema,
)


@pytest.fixture(scope="module")
def library():
    return FormLibrary()


@pytest.fixture
def broken(tmp_path):
    """The forms with one text of one file replaced; where it stands."""

    def write(name, old, new):
        folder = tmp_path / "forms"
        shutil.copytree(FORMS, folder)
        file = folder / name
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new, 1), encoding="utf-8")
        return folder, text[: text.index(old)].count("\n") + 1

    return write


def test_the_forms_that_the_law_names_are_there(library):
    assert {"ncirm-7", "ncirm-8", "pipl-57", "ndsr-11", "police", "general"} <= set(library.ids)


@pytest.mark.parametrize(("name", "items"), [("ncirm-7", 8), ("ncirm-8", 7), ("pipl-57", 3), ("ndsr-11", 3)])
def test_a_form_has_the_items_of_its_article(library, name, items):
    assert len(library.form(name).items) == items


def test_the_least_of_a_first_report_is_items_one_and_two_with_the_ransom(library):
    form = library.form("ncirm-7")
    least = {field.id for item in form.items for field in item.fields if field.minimum}
    inside = {field.id for item in form.items[:2] for field in item.fields}
    assert least <= inside
    assert {"ransom-amount", "ransom-method", "ransom-date"} <= least


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("fact:cii_affected", "fact:cii_effected", "names no fact"),
        ("organisation:name", "organisation:colour", "no source"),
        ("when: ransomware", "when: ransomwear", "names no fact"),
        ("least_while_false: cause_known", "least_while_false: aware_at", "no yes-or-no fact"),
        ("minimum: true", "minimun: true", "no field called minimun"),
        ("id: system", "id: contact", "two fields are called contact"),
        ("id: ncirm-7", "id: ncirm-77", "called like its file"),
        ("title:", "titel:", "titel"),
        ("version: 2", "version: none at all", "version"),
    ],
)
def test_a_broken_form_is_refused_with_its_file_and_line(broken, old, new, says):
    folder, line = broken("ncirm-7.yaml", old, new)
    with pytest.raises(PackInvalid, match=says) as caught:
        FormLibrary(folder)
    assert caught.value.file.name == "ncirm-7.yaml"
    assert caught.value.line in {1, 2, 4, line}


def test_every_form_that_the_law_names_is_there_with_its_items(library):
    for pack in load_packs():
        for rule in pack.duties:
            if rule.form and pack.jurisdiction == "CN":
                assert rule.form.removeprefix("FL-").lower() in library.ids, rule.id


@pytest.mark.parametrize(
    ("folder", "file", "written"),
    [
        (FORMS, FORM_SCHEMA, form_schema),
        (FILING, FILING_SCHEMA, filing_schema),
        (FIELD_MAP_SCHEMA.parent, FIELD_MAP_SCHEMA, field_map_schema),
    ],
)
def test_the_published_schema_is_true_and_holds_for_every_file(folder, file, written):
    assert file.read_text("utf-8") == written(), "run: python -m playbooks.schema"
    checker = Draft202012Validator(json.loads(file.read_text("utf-8")))
    files = sorted(folder.glob("*.yaml"))
    assert files
    for each in files:
        text = each.read_text("utf-8")
        assert text.startswith("# yaml-language-server: $schema=schema.json\n")
        checker.validate(YAML(typ="safe").load(text))


def test_the_published_schema_refuses_what_the_loader_refuses():
    checker = Draft202012Validator(form_schema_of())
    form = YAML(typ="safe").load((FORMS / "ncirm-7.yaml").read_text("utf-8"))
    form["items"][0]["fields"][0]["sources"] = ["organisation:colour"]
    assert not checker.is_valid(form)
    form["items"][0]["fields"][0]["sources"] = ["fact:ransom_demand.amount"]
    assert checker.is_valid(form)
    form["colour"] = "red"
    assert not checker.is_valid(form)


def form_schema_of():
    return json.loads(form_schema())


def test_a_folder_without_forms_is_refused(tmp_path):
    with pytest.raises(PackInvalid, match="no form here"):
        FormLibrary(tmp_path)


def test_a_forms_digest_changes_with_its_content(library, broken):
    folder, _ = broken("ncirm-7.yaml", "minimum: true", "minimum: false")
    assert FormLibrary(folder).form("ncirm-7").digest != library.form("ncirm-7").digest
    assert FormLibrary(folder).form("police").digest == library.form("police").digest


def test_the_province_has_its_own_guide_and_everybody_else_the_general_one():
    guides = FilingGuides()
    own = guides.guide("cac-provincial")
    where = {way.channel: [each.zh for each in way.where] for way in own.ways}
    assert where["portal"] == ["https://12387.cert.org.cn"]
    assert where["hotline"][0].startswith("12387")
    assert where["fax"] == ["010-82992387"]
    assert len(where["mini_program"]) == 2
    assert "省级网信部门" in own.note.zh
    assert guides.guide("pi-protection-department").id == "general"
    for guide in (own, guides.guide("anybody")):
        assert {way.channel for way in guide.ways} == {
            "portal",
            "hotline",
            "fax",
            "mini_program",
            "in_person",
        }


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("cn-12387.yaml", "id: cn-12387", "id: other"), "called like its file"),
        (("general.yaml", "note:", "authorities: [cac-provincial]\nnote:"), "cn-12387 serves cac-provincial"),
        (("general.yaml", "note:", "authorities: [psb]\nnote:"), "no guide here serves every authority"),
        (("general.yaml", "channel: fax", "channel: pigeon"), "channel"),
    ],
)
def test_a_broken_guide_is_refused(tmp_path, change, says):
    folder = tmp_path / "filing"
    shutil.copytree(FILING, folder)
    name, old, new = change
    text = (folder / name).read_text("utf-8")
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PackInvalid, match=says):
        FilingGuides(folder)
