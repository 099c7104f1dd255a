"""What Word knows and python-docx has no name for: languages, page fields, repeated rows, shades, frames."""

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.table import Table, _Cell, _Row
from docx.text.paragraph import Paragraph
from docx.text.run import Run

# The oldest time that a ZIP archive can hold: when a file was written is no part of what it says.
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
_EIGHTHS = "14"


def add_run(into: Paragraph, words: str, *, chinese: bool) -> Run:
    """Add words in one language, said to be in it: for spelling, hyphens and who listens to it."""
    run = into.add_run(words)
    spoken = "zh-CN" if chinese else "en-US"
    run._r.get_or_add_rPr().append(_made("w:lang", val=spoken, eastAsia=spoken))  # noqa: SLF001 -- no name
    return run


def add_field(into: Paragraph, name: str) -> None:
    """Add a figure that Word counts: `PAGE`, `NUMPAGES`."""
    field = _made("w:fldSimple", instr=name)
    run, shown = OxmlElement("w:r"), OxmlElement("w:t")
    shown.text = "1"
    run.append(shown)
    field.append(run)
    into._p.append(field)  # noqa: SLF001 -- the library has no fields


def add_row(table: Table, *, repeated: bool = False) -> _Row:
    """Add a row that is not torn at the end of a page; a repeated one stands on every page of the table."""
    row: _Row = table.add_row()  # type: ignore[no-untyped-call] # the library forgot its types here
    properties = row._tr.get_or_add_trPr()  # noqa: SLF001 -- the library knows neither mark
    properties.append(OxmlElement("w:cantSplit"))
    if repeated:
        properties.append(OxmlElement("w:tblHeader"))
    return row


def shade(cell: _Cell) -> None:
    """Lay a light grey under a cell."""
    properties = cell._tc.get_or_add_tcPr()  # noqa: SLF001 -- the library has no shades
    properties.append(_made("w:shd", val="clear", color="auto", fill="EEEEEE"))


def thicken(cell: _Cell) -> None:
    """Draw a thick frame around a cell."""
    cell._tc.get_or_add_tcPr().append(_borders("w:tcBorders"))  # noqa: SLF001 -- the library has no borders


def frame(paragraph: Paragraph) -> None:
    """Draw a thick frame around a paragraph."""
    properties = paragraph._p.get_or_add_pPr()  # noqa: SLF001 -- the library has no borders
    properties.insert_element_before(_borders("w:pBdr"), "w:shd", "w:spacing", "w:ind", "w:jc", "w:rPr")


def undated(package: bytes) -> bytes:
    """Write a package anew without the time of its writing, so that the same parts give the same bytes."""
    written = BytesIO()
    with ZipFile(BytesIO(package)) as old, ZipFile(written, "w", ZIP_DEFLATED, compresslevel=9) as new:
        for name in old.namelist():
            entry = ZipInfo(name, _LONG_AGO)
            entry.compress_type, entry.create_system = ZIP_DEFLATED, 0
            new.writestr(entry, old.read(name), ZIP_DEFLATED, 9)
    return written.getvalue()


def _borders(tag: str) -> BaseOxmlElement:
    borders = OxmlElement(tag)
    for side in ("top", "left", "bottom", "right"):
        borders.append(_made(f"w:{side}", val="single", sz=_EIGHTHS, space="1", color="000000"))
    return borders


def _made(tag: str, **values: str) -> BaseOxmlElement:
    made = OxmlElement(tag)
    for name, value in values.items():
        made.set(qn(f"w:{name}"), value)
    return made
