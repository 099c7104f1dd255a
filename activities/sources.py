"""Where an audience comes from: delimited text, Parquet, or a query; told apart by what they are."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from activities.parquet import MARK
from activities.parquet import opened as opened_parquet
from activities.query import asked
from activities.roll import opened as opened_text
from domain.listing import Listing, ListInvalid


class Sources:
    """Opens lists; `urls` are the databases that may be asked, by name."""

    def __init__(self, urls: Mapping[str, str]) -> None:
        self._urls = urls

    @contextmanager
    def opened(self, path: Path, sha256: str, source: str, beat: Callable[[], None]) -> Iterator[Listing]:
        """Open a list whose file has this SHA-256; with a `source`, the file is the query to ask it.

        Raises:
            ListInvalid: the list cannot be read; `audience_source` where the settings know no such source.

        """
        if source:
            url = self._urls.get(source)
            if url is None:
                raise ListInvalid(
                    "audience_source", f"The settings have no source of people called {source!r}."
                )
            with asked(source, url, path, sha256, beat) as answer:
                yield answer
        elif _begins(path) == MARK:
            with opened_parquet(path, sha256, beat) as table:
                yield table
        else:
            with opened_text(path, sha256, beat) as text:
                yield text


def _begins(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(len(MARK))
    except OSError:
        # Whoever opens it next says why.
        return b""
