"""A list of people as Parquet: read column by column and batch by batch, never trusted with the memory."""

import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from activities.cell import cell
from activities.proven import proven
from domain.listing import ListInvalid, Row

MARK = b"PAR1"
BATCH = 2_000
MOST_COLUMNS = 1_000
LONGEST_FOOTER = 16 << 20
LARGEST_CHUNK = 1 << 28
SMALL_CHUNK = 16 << 20
MOST_EXPANSION = 200
LONGEST_TEXT = 1_001
_THRIFT = 1 << 20


class ParquetRoll:
    """An opened Parquet file; a row's `line` is its number, counted from 1.

    Raises:
        ListInvalid: `audience_unreadable` where it is no sound Parquet file, `audience_header` where it has
            too many columns.

    """

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._size = size
        _footer(file, size)
        self._source = file
        try:
            schema = self._open(()).schema_arrow
        except (pa.ArrowException, OSError):
            raise _unreadable() from None
        self._types = schema.types
        self.header: list[str] = list(schema.names)
        if len(self.header) > MOST_COLUMNS:
            raise ListInvalid(
                "audience_header",
                f"The list has {len(self.header):,} columns; no more than {MOST_COLUMNS:,} are read.",
            )

    def rows(self, wanted: frozenset[int] | None = None) -> Iterator[Row]:
        """The rows in the file's order; only the columns that are wanted are read at all.

        Raises:
            ListInvalid: `audience_columns` where a wanted column holds lists or records, `audience_bomb`
                where one would grow beyond all measure, `audience_unreadable` where the file is damaged.

        """
        places = sorted(range(len(self.header)) if wanted is None else wanted)
        names = [self.header[place] for place in places]
        if len(set(self.header)) != len(self.header):
            raise ListInvalid("audience_header", "Two columns of the list have the same name; rename one.")
        blank = [""] * len(self.header)
        number = 0
        try:
            file = self._open([self.header[place] for place in places if _is_text(self._types[place])])
            self._weigh(file.metadata, places)
            for batch in file.iter_batches(BATCH, columns=names, use_threads=False):
                columns = [_texts(batch.column(name)) for name in names]
                for cells in zip(*columns, strict=True):
                    number += 1
                    row = blank.copy()
                    for place, text in zip(places, cells, strict=True):
                        row[place] = text
                    yield Row(number, row)
        except (pa.ArrowException, OSError):
            raise _unreadable() from None

    def _open(self, texts: Sequence[str]) -> pq.ParquetFile:
        """Open the file; columns of text keep what repeats once, so that nothing short becomes long."""
        self._source.seek(0)
        return pq.ParquetFile(
            self._source,
            read_dictionary=list(texts),
            buffer_size=1 << 20,
            pre_buffer=False,
            thrift_string_size_limit=_THRIFT,
            thrift_container_size_limit=_THRIFT,
        )

    def _weigh(self, metadata: pq.FileMetaData, places: Sequence[int]) -> None:
        """Refuse what would fill the memory, by what the file says of itself before a page is opened."""
        nested = [place for place in places if pa.types.is_nested(self._types[place])]
        if nested:
            names = ", ".join(self.header[place] for place in nested)
            raise ListInvalid(
                "audience_columns",
                f"Columns of the list hold lists or records instead of one value: {names}.",
            )
        if metadata.num_rows > self._size:
            raise _bomb("it claims more rows than it has bytes")
        wanted = {self.header[place] for place in places}
        for number in range(metadata.num_row_groups):
            group = metadata.row_group(number)
            for place in range(group.num_columns):
                chunk = group.column(place)
                if chunk.path_in_schema not in wanted:
                    continue
                large, packed = chunk.total_uncompressed_size, chunk.total_compressed_size
                if large > LARGEST_CHUNK or (large > SMALL_CHUNK and large > MOST_EXPANSION * packed):
                    raise _bomb(
                        f"{packed:,} bytes of its column {chunk.path_in_schema} become {large:,} at once; "
                        "write it in smaller row groups"
                    )


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _texts(column: pa.Array) -> list[str]:
    """Every value as text; one that is longer than any cell is cut, and found to be too long."""
    if pa.types.is_dictionary(column.type):
        column = pa.DictionaryArray.from_arrays(column.indices, _cut(column.dictionary)).dictionary_decode()
    column = _cut(column)
    if _is_text(column.type):
        return [text or "" for text in column.to_pylist()]
    return [cell(value) for value in column.to_pylist()]


def _cut(column: pa.Array) -> pa.Array:
    if not _is_text(column.type):
        return column
    longest = pc.max(pc.binary_length(column)).as_py() or 0
    return pc.utf8_slice_codeunits(column, 0, LONGEST_TEXT) if longest > LONGEST_TEXT else column


def _footer(file: BinaryIO, size: int) -> None:
    """See that the footer is of a sane length, before a reader makes room for it."""
    file.seek(max(size - 8, 0))
    tail = file.read(8)
    file.seek(0)
    if len(tail) != 8 or tail[4:] != MARK:  # noqa: PLR2004 - four bytes of length, four of the mark
        raise _unreadable()
    (length,) = struct.unpack("<I", tail[:4])
    if length > min(LONGEST_FOOTER, size):
        raise _bomb("its footer is longer than any list's")


def _unreadable() -> ListInvalid:
    return ListInvalid("audience_unreadable", "The list is no sound Parquet file, or an encrypted one.")


def _bomb(why: str) -> ListInvalid:
    return ListInvalid("audience_bomb", f"The list is not opened, because it would fill the memory: {why}.")


@contextmanager
def opened(path: Path, sha256: str, beat: Callable[[], None]) -> Iterator[ParquetRoll]:
    """Open a Parquet file whose bytes have this SHA-256; `beat` is called while they are hashed.

    Raises:
        ListInvalid: as `proven` and `ParquetRoll` say.

    """
    with proven(path, sha256, beat) as file:
        yield ParquetRoll(file, path.stat().st_size)
