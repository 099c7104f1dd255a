"""A paper written as a Word document; the same paper gives the same bytes."""

from datetime import UTC
from io import BytesIO

from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Length
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

from domain.layout import Box, Grid, Heading, Layout, Lines, Note, Said, Tongue, spans, text
from domain.letter import DRILL_MARK
from domain.playbook import Words
from playbooks.word_base import (
    CELL,
    CHANGED,
    CITE,
    ENGLISH,
    FOLLOWS,
    HEAD,
    MISSING,
    NOTE,
    WIDTH,
    blank,
)
from playbooks.word_marks import add_field, add_row, add_run, frame, shade, thicken, undated

_LABEL = 32
_HUNDRED = 100
_PAGE = Words(zh="第 {} 页，共 {} 页", en="page {} of {}")
_STYLES = {"cite": CITE, "changed": CHANGED}
_CHARACTERS = {"missing": MISSING, "follows": FOLLOWS}


def document(paper: Layout, tongue: Tongue) -> bytes:
    """Write a paper as an Office Open XML document, in one language or both."""
    return _Writer(paper, tongue).written()


class _Writer:
    def __init__(self, paper: Layout, tongue: Tongue) -> None:
        self._paper = paper
        self._tongue: Tongue = tongue
        self._document: Document = blank()

    def written(self) -> bytes:
        self._properties()
        self._margins()
        if self._paper.drill:
            mark = self._document.add_paragraph(style="Subtitle")
            frame(mark)
            add_run(mark, DRILL_MARK, chinese=True).bold = True
        self._words(self._document.add_paragraph(style="Title"), self._paper.title, between="\n")
        self._words(self._document.add_paragraph(style="Subtitle"), self._paper.under)
        for block in self._paper.blocks:
            match block:
                case Heading():
                    style = f"Heading {block.level}"
                    self._words(self._document.add_paragraph(style=style), block.words)
                case Lines():
                    self._lines(block)
                case Grid():
                    self._grid(block)
                case Box():
                    self._box(block)
                case Note():
                    self._words(self._document.add_paragraph(style=NOTE), block.words)
        saved = BytesIO()
        self._document.save(saved)
        return undated(saved.getvalue())

    def _properties(self) -> None:
        said = self._document.core_properties
        said.title = text(self._paper.title, self._tongue)
        said.subject = self._paper.reference
        said.author = said.last_modified_by = said.comments = ""
        said.language = "en-US" if self._tongue == "en" else "zh-CN"
        said.created = said.modified = self._paper.drawn_at.astimezone(UTC).replace(
            microsecond=0, tzinfo=None
        )

    def _margins(self) -> None:
        section = self._document.sections[0]
        mark = DRILL_MARK if self._paper.drill else ""
        head = section.header.paragraphs[0]
        head.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        add_run(head, f"{mark}{text(self._paper.title, self._short)} {self._paper.reference}", chinese=True)
        foot = section.footer.paragraphs[0]
        for number, span in enumerate(spans(_PAGE, self._tongue)):
            before, between, after = span.text.split("{}")
            chinese = span.language == "zh"
            add_run(foot, ("　" if number else "") + before, chinese=chinese)
            add_field(foot, "PAGE")
            add_run(foot, between, chinese=chinese)
            add_field(foot, "NUMPAGES")
            add_run(foot, after, chinese=chinese)

    @property
    def _short(self) -> Tongue:
        return "en" if self._tongue == "en" else "zh"

    def _words(self, into: Paragraph, words: Words, between: str = " ", character: str = "") -> None:
        for number, span in enumerate(spans(words, self._tongue)):
            if number:
                into.add_run().add_break() if between == "\n" else into.add_run(between)
            run = add_run(into, span.text, chinese=span.language == "zh")
            if number:
                run.style = ENGLISH
            if character:
                run.style = character

    def _lines(self, block: Lines) -> None:
        table = self._table((_LABEL, _HUNDRED - _LABEL), block.heads or ())
        for row in block.rows:
            label, said = add_row(table).cells
            self._cell(label, (Said(words=row.label),))
            self._cell(said, row.says)
        self._document.add_paragraph().paragraph_format.line_spacing = Length(1)

    def _grid(self, block: Grid) -> None:
        table = self._table(block.shares, block.heads)
        for row in block.rows:
            for cell, says in zip(add_row(table).cells, row, strict=True):
                self._cell(cell, says)
        self._document.add_paragraph().paragraph_format.line_spacing = Length(1)

    def _table(self, shares: tuple[int, ...], heads: tuple[Words, ...]) -> Table:
        table: Table = self._document.add_table(rows=0, cols=len(shares), style="Table Grid")
        table.autofit = False
        for column, share in zip(table.columns, shares, strict=True):
            column.width = Length(WIDTH * share // _HUNDRED)
        if heads:
            row = add_row(table, repeated=True)
            for cell, head in zip(row.cells, heads, strict=True):
                shade(cell)
                cell.paragraphs[0].style = HEAD
                cell.paragraphs[0].paragraph_format.keep_with_next = True
                self._words(cell.paragraphs[0], head)
        return table

    def _cell(self, cell: _Cell, says: tuple[Said, ...]) -> None:
        for number, said in enumerate(says):
            style = _STYLES.get(said.manner, CELL)
            into = cell.paragraphs[0] if not number else cell.add_paragraph()
            into.style = style
            if said.manner == "changed":
                add_run(into, "◆ ", chinese=True)
            between = "\n" if style == CELL and said.manner == "text" else " "
            self._words(into, said.words, between, _CHARACTERS.get(said.manner, ""))

    def _box(self, block: Box) -> None:
        table = self._document.add_table(rows=1, cols=1, style="Table Grid")
        cell = table.rows[0].cells[0]
        thicken(cell)
        cell.paragraphs[0].style = HEAD
        self._words(cell.paragraphs[0], block.title)
        for item in block.items:
            self._words(cell.add_paragraph(style="List Bullet"), item)
