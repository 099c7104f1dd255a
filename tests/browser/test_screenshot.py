"""A published page as a browser of this machine takes a picture of it."""

import struct

import pytest

from service.screenshot import HEIGHT, PROGRAMS, WIDTH, NoPicture, picture


@pytest.mark.usefixtures("browser")
def test_a_picture_is_of_the_page_and_of_nothing_else(site, public):
    (public / "one").mkdir(parents=True, exist_ok=True)
    (public / "one" / "index.html").write_text("<!doctype html><body style='margin:0;background:#102030'>")
    taken = picture(f"{site}/one/")
    assert struct.unpack(">II", taken[16:24]) == (WIDTH, HEIGHT)
    (public / "one" / "index.html").write_text("<!doctype html><body style='margin:0;background:#ffffff'>")
    assert picture(f"{site}/one/") != taken


@pytest.mark.usefixtures("browser")
def test_a_program_that_is_no_browser(tmp_path):
    assert PROGRAMS
    with pytest.raises(NoPicture, match="gave no picture"):
        picture("http://127.0.0.1:9/", tmp_path)
