"""What the public sees of a page, as a picture: taken by a browser of this machine, without a window."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

# A phone's page is the same one, narrower; what lies below is cut off.
WIDTH: Final = 1280
HEIGHT: Final = 4000
SECONDS: Final = 60
PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_FLAGS: Final = (
    "--headless=new",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--hide-scrollbars",
    "--no-first-run",
    f"--window-size={WIDTH},{HEIGHT}",
)


class NoPicture(Exception):  # noqa: N818 - what happened, in two words
    """There is no picture. Codes: `screenshot.no_browser`, `screenshot.failed`."""

    exit_code = 1

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


def picture(url: str, program: Path | None = None) -> bytes:
    """Take a picture of a page, a PNG of 1,280 × 4,000 pixels, with a profile that goes again.

    `program` is a Chromium or Chrome; without one, the first on the PATH is used. The browser verifies TLS as
    it does for anybody.

    Raises:
        NoPicture: there is no browser, or it gave no picture within a minute.

    """
    browser = str(program) if program else next(filter(None, map(shutil.which, PROGRAMS)), None)
    if browser is None or not Path(browser).exists():
        raise NoPicture(
            "screenshot.no_browser",
            "No Chromium or Chrome was found: install one, or name it with TOCSIN_ANNOUNCEMENTS__BROWSER.",
        )
    with tempfile.TemporaryDirectory(prefix="tocsin-picture-", ignore_cleanup_errors=True) as folder:
        file = Path(folder) / "page.png"
        words = [browser, *_FLAGS, f"--user-data-dir={folder}/profile", f"--screenshot={file}"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            # Chromium refuses to build its sandbox as root.
            words.append("--no-sandbox")
        try:
            subprocess.run(  # noqa: S603 - a program and an address of our own settings
                [*words, url], check=True, capture_output=True, timeout=SECONDS, cwd=folder
            )
            taken = file.read_bytes()
        except (OSError, subprocess.SubprocessError) as error:
            raise NoPicture(
                "screenshot.failed", f"The browser gave no picture ({type(error).__name__})."
            ) from error
    if not taken.startswith(_PNG):
        raise NoPicture("screenshot.failed", "The browser gave no picture (no PNG).")
    return taken
