"""The documents are true: what the code has, they name."""

import re

import pytest

from cli import reference
from cli.codes import ROOMS, codes
from service.ending import EXIT_CODES, FAULT
from workflows.search import ATTRIBUTES

PAGES = reference.pages()


@pytest.fixture(scope="module")
def written(root):
    """All the prose there is for a reader, the generated reference among it."""
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted((root / "docs").rglob("*.md")))


@pytest.mark.parametrize("name", sorted(PAGES))
def test_the_reference_is_what_make_docs_would_write(name, root):
    page = root / "docs" / "reference" / name
    assert page.is_file(), "run make docs"
    assert page.read_text(encoding="utf-8") == PAGES[name], "run make docs"


def test_the_reference_holds_no_page_that_nobody_writes(root):
    assert {path.name for path in (root / "docs" / "reference").iterdir()} == set(PAGES)


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_has_its_page(room, root):
    assert any((root / "docs" / name).is_file() for name in (f"{room}.md", f"{room}-guide.md"))


def test_the_index_leads_to_every_page(root):
    index = (root / "docs" / "index.md").read_text(encoding="utf-8")
    for page in sorted((root / "docs").rglob("*.md")):
        name = page.relative_to(root / "docs").as_posix()
        assert name == "index.md" or f"]({name})" in index, name


def test_make_docs_writes_every_page(tmp_path, monkeypatch):
    monkeypatch.setattr(reference, "FOLDER", tmp_path / "reference")
    reference.main()
    written = {page.name: page.read_text(encoding="utf-8") for page in (tmp_path / "reference").iterdir()}
    assert written == PAGES


def test_every_command_says_what_it_is_for():
    page = PAGES["cli.md"]
    for block in page.split("\n## ")[1:]:
        heading, _, rest = block.partition("\n")
        assert rest.strip()[:1].isalpha(), f"{heading} has no help"


def test_every_setting_says_what_it_is_for():
    for block in PAGES["settings.md"].split("\n## ")[1:]:
        heading, _, rest = block.partition("\n")
        assert not rest.strip().startswith(("Default", "Required", "No default", "The default")), heading


def test_every_fact_says_what_happened():
    rows = [line for line in PAGES["facts.md"].splitlines() if line.startswith("| `")]
    assert rows
    assert not [row for row in rows if not row.split(" | ")[1].strip()]


def test_every_search_attribute_is_documented(written):
    assert all(f"`{key.name}`" in written for key in ATTRIBUTES)


def test_every_exit_code_is_explained(root):
    operations = (root / "docs" / "operations.md").read_text(encoding="utf-8")
    explained = {int(code) for code in re.findall(r"^\| (\d+) \|", operations, re.MULTILINE)}
    assert {0, FAULT, *EXIT_CODES.values()} <= explained


def test_every_refusal_of_the_domain_says_what_to_do(root):
    page = (root / "docs" / "domain.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"^\| `([a-z_]+)` \|", page, re.MULTILINE))
    refused = {code.code for code in codes(root) if (code.room, code.error) == ("domain", "Refused")}
    assert refused
    assert refused <= explained, refused - explained


def test_every_code_says_what_it_means(root):
    assert not [code for code in codes(root) if not code.sentence]
