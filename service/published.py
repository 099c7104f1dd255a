"""What the public sees at an announcement's address, as any visitor gets it."""

import hashlib
from typing import Final

import httpx

SECONDS: Final = 20
MOST: Final = 4_000_000


class PageUnseen(Exception):  # noqa: N818 - one plain word for what happened
    """The address gave no page. Codes: `announcement.no_url` (none is set), `announcement.unseen`."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.exit_code = 1


def seen(url: str) -> str:
    """Fetch a page, and give the SHA-256 of its bytes; TLS is verified and no redirect is followed.

    Raises:
        PageUnseen: there is no public address, no answer, another answer than 200, or too much of it.

    """
    if not url.startswith(("https://", "http://")):
        raise PageUnseen("announcement.no_url", "No public address is set: TOCSIN_ANNOUNCEMENTS__BASE_URL.")
    digest, size = hashlib.sha256(), 0
    try:
        with httpx.stream(
            "GET", url, timeout=SECONDS, trust_env=False, headers={"Cache-Control": "no-cache"}
        ) as answer:
            if answer.status_code != httpx.codes.OK:
                raise PageUnseen("announcement.unseen", f"{url} answered {answer.status_code}.")
            for part in answer.iter_bytes():
                digest.update(part)
                size += len(part)
                if size > MOST:
                    raise PageUnseen("announcement.unseen", f"{url} gave more than {MOST:,} bytes.")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise PageUnseen(
            "announcement.unseen", f"{url} could not be read ({type(error).__name__})."
        ) from error
    return digest.hexdigest()
