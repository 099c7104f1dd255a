"""Papers as Word documents, opened by LibreOffice, printed, and looked at page by page."""

import asyncio
import re
import shutil
import subprocess
from unicodedata import normalize

import pytest
from pypdf import PdfReader

A4 = (210, 297)
FACTS = {
    "aware_at": "2026-11-23T03:00:00.000000Z",
    "personal_information": ["leaked"],
    "persons_affected": 1_204_331,
    "cause_known": (False, "供应商接口未鉴权，数据可被批量拉取。" * 20),
    "crime_suspected": (True, "日志显示批量拖库"),
}


@pytest.fixture(scope="module")
def soffice():
    found = shutil.which("soffice")
    if found is None:
        pytest.skip("No LibreOffice is on the PATH to open the documents with: run `make browser`.")
    return found


@pytest.fixture(scope="module")
async def printed(soffice, draw, tmp_path_factory):
    """A report in both languages and each alone, and a drill's police report: one start prints them all."""
    folder = tmp_path_factory.mktemp("word")
    frozen = await draw(FACTS)
    drill = await draw(FACTS, form="police", drill=True)
    for name, artefact in (
        *((name, frozen.files[name]) for name in ("docx-both", "docx-zh", "docx-en")),
        ("drill", drill.files["docx-both"]),
    ):
        (folder / f"{name}.docx").write_bytes(artefact.data)
    command = [
        soffice,
        f"-env:UserInstallation={(folder / 'profile').as_uri()}",
        "--headless",
        "--convert-to",
        "pdf",
        "--outdir",
        folder,
        *sorted(folder.glob("*.docx")),
    ]
    ran = await asyncio.to_thread(
        subprocess.run, command, check=False, capture_output=True, text=True, timeout=150
    )
    files = {file.stem: file for file in folder.glob("*.pdf")}
    assert set(files) == {"docx-both", "docx-zh", "docx-en", "drill"}, ran.stderr
    return {name: PdfReader(file) for name, file in files.items()}


def text_of(reader):
    return [normalize("NFKC", page.extract_text()) for page in reader.pages]


async def test_every_page_is_a4_and_counts_itself(printed):
    for name, reader in printed.items():
        pages = text_of(reader)
        assert 1 < len(pages) <= 5, name
        for number, (page, words) in enumerate(zip(reader.pages, pages, strict=True), start=1):
            box = page.mediabox
            size = (float(box.width) / 72 * 25.4, float(box.height) / 72 * 25.4)
            assert size == pytest.approx(A4, abs=0.5)
            foot = re.sub(r"\s", "", words)
            said = f"page{number}of{len(pages)}" if name == "docx-en" else f"第{number}页,共{len(pages)}页"
            assert said in foot, (name, number)
            assert re.search(r"I-AAAAAAAAAAAA\s*/\s*1", words)


async def test_it_says_in_each_language_what_the_form_asks_for(printed):
    said = {name: re.sub(r"\s+", "", "".join(text_of(reader))) for name, reader in printed.items()}
    assert "1,204,331人" in said["docx-zh"]
    assert "personsaffected" not in said["docx-zh"]
    assert "personsaffected:1,204,331persons" in said["docx-en"]
    assert "受影响人数" not in said["docx-en"]
    for each in (
        "受影响人数:1,204,331人",
        "personsaffected:1,204,331persons",
        "(四)",
        "tofollow",
    ):
        assert each in said["docx-both"]
    assert said["drill"].count("【演练DRILL】") >= len(printed["drill"].pages)
    assert "证据清单" in said["drill"]


async def test_every_glyph_is_there_and_its_font_goes_with_the_file(printed):
    for reader in printed.values():
        for page in reader.pages:
            assert "\ufffd" not in page.extract_text()
            for font in page["/Resources"]["/Font"].values():
                real = font.get_object()
                inner = real["/DescendantFonts"][0].get_object() if "/DescendantFonts" in real else real
                descriptor = inner["/FontDescriptor"].get_object()
                assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor), real["/BaseFont"]
                assert "LastResort" not in real["/BaseFont"]


async def test_a_pages_ink_stays_within_its_margins(printed, tmp_path):
    """Nothing is cut off: a picture of each page has white margins all around."""
    pdftoppm = shutil.which("pdftoppm")
    if pdftoppm is None:
        pytest.skip("No pdftoppm is on the PATH to look at the pages with: run `make browser`.")
    file = tmp_path / "both.pdf"
    file.write_bytes(printed["docx-both"].stream.getvalue())
    command = [pdftoppm, "-r", "36", "-gray", file, tmp_path / "page"]
    await asyncio.to_thread(subprocess.run, command, check=True, timeout=60)
    pictures = sorted(tmp_path.glob("page-*.pgm"))
    assert len(pictures) == len(printed["docx-both"].pages)
    for picture in pictures:
        width, height, pixels = grey(picture.read_bytes())
        rows = [pixels[start : start + width] for start in range(0, width * height, width)]
        margin = round(14 / 25.4 * 36)
        assert min(min(row[:margin] + row[-margin:]) for row in rows) > 200
        inked = [number for number, row in enumerate(rows) if min(row) < 128]
        assert inked
        assert inked[0] > 36 * 8 / 25.4
        assert inked[-1] < height - 36 * 8 / 25.4


def grey(pgm):
    """Width, height and bytes of a binary PGM of eight bits."""
    found = re.match(rb"P5\s+(\d+)\s+(\d+)\s+255\s", pgm)
    return int(found[1]), int(found[2]), pgm[found.end() :]
