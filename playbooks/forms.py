"""The forms of a folder, and the files that show a filled one."""

from collections.abc import Mapping
from pathlib import Path

from domain.form import Form
from domain.layout import Layout, Tongue, spans
from playbooks.invalid import PackInvalid
from playbooks.reading import read
from playbooks.templating import TEMPLATES, TemplateFile
from playbooks.word import document

FORMS = Path(__file__).parent / "forms"
PAGE = TEMPLATES / "paper" / "page.html.j2"


class FormLibrary:
    """Every form of a folder, checked; implements `activities.desk.Forms`.

    Raises:
        PackInvalid: for the first file that does not hold, with file, line and field.

    """

    def __init__(self, folder: Path = FORMS, page: Path = PAGE) -> None:
        self._forms: dict[str, Form] = {}
        for file in sorted(folder.glob("*.yaml")):
            form, document = read(file, Form)
            if form.id != file.stem:
                raise document.invalid(("id",), f"a form is called like its file: {file.stem}.")
            self._forms[form.id] = form
        if not self._forms:
            raise PackInvalid(folder, 1, "", "there is no form here; name a directory with *.yaml files.")
        self._page = TemplateFile(page)

    @property
    def ids(self) -> tuple[str, ...]:
        """The forms there are."""
        return tuple(self._forms)

    @property
    def forms(self) -> Mapping[str, Form]:
        """The forms by id."""
        return self._forms

    def form(self, name: str) -> Form:
        """The form of this id.

        Raises:
            KeyError: there is no such form.

        """
        return self._forms[name]

    def page(self, paper: Layout, tongue: Tongue) -> str:
        """The paper as a page of HTML that prints on A4."""
        return self._page.render(
            {"paper": paper, "tongue": tongue, "spans": lambda words: spans(words, tongue)},
        )

    def document(self, paper: Layout, tongue: Tongue) -> bytes:
        """The paper as a Word document; the same paper gives the same bytes."""
        return document(paper, tongue)
