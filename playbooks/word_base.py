"""The blank Word document that papers are written into: A4, its styles, its fonts, nothing else."""

from functools import cache
from io import BytesIO
from typing import cast

from docx import Document
from docx.document import Document as Blank
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Mm, Pt, RGBColor
from docx.styles.style import BaseStyle, CharacterStyle, ParagraphStyle

WIDTH = Mm(174)
BODY, HEADS, LATIN = "SimSun", "SimHei", "Times New Roman"
# A character style inside the cell, so that a person who edits the file changes each in one place.
ENGLISH, MISSING, FOLLOWS = "Tocsin English", "Tocsin Missing", "Tocsin To Follow"
CELL, CITE, CHANGED, NOTE, HEAD = (
    "Tocsin Cell",
    "Tocsin Citation",
    "Tocsin Changed",
    "Tocsin Note",
    "Tocsin Column Head",
)
GREY = RGBColor(0x55, 0x55, 0x55)
_KEPT = ("Normal", "Title", "Subtitle", "Heading 1", "Heading 2", "List Bullet", "Header", "Footer")
_TABLES = ("Normal Table", "Table Grid")
# Parts of the library's own template that say nothing about a paper: a picture of an empty page, a second
# copy of every style, what program wrote it, an empty bibliography.
_UNWANTED = ("thumbnail", "stylesWithEffects", "extended-properties", "customXml")


def blank() -> Blank:
    """Open an empty paper."""
    return Document(BytesIO(_blank()))


@cache
def _blank() -> bytes:
    document = Document()
    for relations in (document.part.package.rels, document.part.rels):
        for name, relation in list(relations.items()):
            if relation.reltype.rpartition("/")[2] in _UNWANTED:
                del relations[name]
    _prune(document)
    _defaults(document)
    _styles(document)
    _roomy(document)
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(18)
    section.top_margin, section.bottom_margin = Mm(24), Mm(22)
    section.header_distance, section.footer_distance = Mm(12), Mm(12)
    written = BytesIO()
    document.save(written)
    return written.getvalue()


def fonts(run: BaseOxmlElement, east_asian: str) -> None:
    """Name the fonts of a style or run: without `eastAsia` Word picks any font for Chinese."""
    properties = run.get_or_add_rPr()
    named = properties.find(qn("w:rFonts"))
    if named is None:
        named = OxmlElement("w:rFonts")
        properties.insert(0, named)
    for name in list(named.attrib):
        del named.attrib[name]
    for name, font in (("ascii", LATIN), ("hAnsi", LATIN), ("cs", LATIN), ("eastAsia", east_asian)):
        named.set(qn(f"w:{name}"), font)


def _roomy(document: Blank) -> None:
    """Leave some room above and below what stands in a cell."""
    table = document.styles["Table Grid"].element.find(qn("w:tblPr"))
    margins = table.find(qn("w:tblCellMar"))
    if margins is not None:
        table.remove(margins)
    margins = OxmlElement("w:tblCellMar")
    for side, twips in (("top", "40"), ("left", "100"), ("bottom", "40"), ("right", "100")):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), twips)
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    table.append(margins)


def _prune(document: Blank) -> None:
    """Leave out the hundred styles that no paper uses."""
    element = document.styles.element
    by_id = {style.get(qn("w:styleId")): style for style in element.findall(qn("w:style"))}
    wanted = {
        key
        for key, style in by_id.items()
        if style.find(qn("w:name")).get(qn("w:val")).lower() in {name.lower() for name in (*_KEPT, *_TABLES)}
        or style.get(qn("w:default")) == "1"
    }
    for key, style in by_id.items():
        if key not in wanted:
            element.remove(style)
            continue
        for tag in ("w:link", "w:next", "w:basedOn"):
            named = style.find(qn(tag))
            if named is not None and named.get(qn("w:val")) not in wanted:
                style.remove(named)


def _defaults(document: Blank) -> None:
    element = document.styles.element
    for theme in element.iter(qn("w:rFonts")):
        theme.getparent().remove(theme)
    defaults = element.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}")
    named = OxmlElement("w:rFonts")
    for name, font in (("ascii", LATIN), ("hAnsi", LATIN), ("cs", LATIN), ("eastAsia", BODY)):
        named.set(qn(f"w:{name}"), font)
    defaults.insert(0, named)
    spoken = defaults.find(qn("w:lang"))
    spoken.set(qn("w:val"), "en-US")
    spoken.set(qn("w:eastAsia"), "zh-CN")


def _styles(document: Blank) -> None:
    styles = document.styles
    normal = styles["Normal"]
    _paragraph(normal, size=11, after=4)
    title = styles["Title"]
    _paragraph(title, size=18, bold=True, centred=True, after=2, east=HEADS)
    for border in title.element.iter(qn("w:pBdr")):
        border.getparent().remove(border)
    _paragraph(styles["Subtitle"], size=10.5, centred=True, after=10)
    _paragraph(styles["Heading 1"], size=12, bold=True, before=12, after=4, east=HEADS, keeps=True)
    _paragraph(styles["Heading 2"], size=11, bold=True, before=8, after=4, east=HEADS, keeps=True)
    _paragraph(styles["List Bullet"], size=10.5, after=1)
    _paragraph(styles["Header"], size=8.5, grey=True)
    _paragraph(styles["Footer"], size=9, centred=True)
    for name, options in (
        (CELL, {"size": 10.5, "spacing": 1.0}),
        (CITE, {"size": 8, "grey": True, "spacing": 1.0}),
        (CHANGED, {"size": 9, "bold": True}),
        (NOTE, {"size": 9, "before": 6, "grey": True}),
        (HEAD, {"size": 9.5, "bold": True, "east": HEADS}),
    ):
        style = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = normal
        _paragraph(style, **options)
    for name in (ENGLISH, MISSING, FOLLOWS):
        style = cast("CharacterStyle", styles.add_style(name, WD_STYLE_TYPE.CHARACTER))
        if name == MISSING:
            style.font.bold = True
        else:
            style.font.color.rgb = GREY
        if name == ENGLISH:
            style.font.size = Pt(9)
            style.font.bold = False


def _paragraph(  # noqa: PLR0913 -- what a style says
    given: BaseStyle,
    *,
    size: float,
    spacing: float = 1.15,
    before: float = 0,
    after: float = 0,
    bold: bool = False,
    centred: bool = False,
    grey: bool = False,
    keeps: bool = False,
    east: str = BODY,
) -> None:
    style = cast("ParagraphStyle", given)
    style.font.size, style.font.bold, style.font.italic = Pt(size), bold, False
    style.font.color.rgb = GREY if grey else RGBColor(0, 0, 0)
    fonts(style.element, east)
    shape = style.paragraph_format
    shape.space_before, shape.space_after, shape.line_spacing = Pt(before), Pt(after), spacing
    shape.keep_with_next = keeps
    if centred:
        shape.alignment = WD_ALIGN_PARAGRAPH.CENTER
