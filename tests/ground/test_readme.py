"""What a stranger reads first is true, and nothing that is tracked belongs to one machine."""

import re

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
ELSEWHERE = ("http://", "https://", "mailto:")


def headings(page):
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    for title in re.findall(r"^#+ (.+)$", text, re.MULTILINE):
        yield re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-")


def broken_links(page):
    for target in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
        if target.startswith(ELSEWHERE):
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name) if name else page
        found = file.exists() and (not anchor or file.suffix != ".md" or anchor in headings(file))
        if not found:
            yield target


def test_the_two_commands_of_the_readme_are_in_the_makefile(root):
    readme = (root / "README.md").read_text(encoding="utf-8")
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    for target in ("demo", "test"):
        assert f"make {target}" in readme
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)


def test_every_make_target_that_a_document_names_exists(tracked, root):
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    for page in (path for path in tracked if path.suffix == ".md"):
        named = re.findall(r"(?:`|^|\()make ([a-z]+)", page.read_text(encoding="utf-8"), re.MULTILINE)
        assert set(named) <= targets, page


def test_links_between_documents_resolve(tracked, root):
    broken = {
        f"{page.relative_to(root)}: {target}"
        for page in tracked
        if page.suffix == ".md"
        for target in broken_links(page)
    }
    assert not broken


def texts(tracked):
    for path in tracked:
        try:
            yield path, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture or an archive


def test_no_tracked_file_names_a_path_of_one_machine(tracked, root):
    path = re.compile(r"(?:^|[^A-Za-z0-9_.])/(?:work|farm|root|home)/", re.MULTILINE)
    assert not [str(file.relative_to(root)) for file, text in texts(tracked) if path.search(text)]


def test_no_tracked_file_names_a_package_registry(tracked, root):
    # Put together here, so that this file names none either.
    hosts = [
        ".".join(parts)
        for parts in (
            ("pypi", "org"),
            ("files", "pythonhosted", "org"),
            ("proxy", "golang", "org"),
            ("sum", "golang", "org"),
            ("registry", "npmjs", "org"),
            ("static", "crates", "io"),
        )
    ]
    named = [
        f"{file.relative_to(root)}: {host}" for file, text in texts(tracked) for host in hosts if host in text
    ]
    assert not named
