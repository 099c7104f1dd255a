import shutil

import pytest

from playbooks.forms import FORMS, FormLibrary
from playbooks.invalid import PackInvalid


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


def test_a_folder_without_forms_is_refused(tmp_path):
    with pytest.raises(PackInvalid, match="no form here"):
        FormLibrary(tmp_path)


def test_a_forms_digest_changes_with_its_content(library, broken):
    folder, _ = broken("ncirm-7.yaml", "minimum: true", "minimum: false")
    assert FormLibrary(folder).form("ncirm-7").digest != library.form("ncirm-7").digest
    assert FormLibrary(folder).form("police").digest == library.form("police").digest
