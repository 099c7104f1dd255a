"""A Merkle tree as RFC 9162 section 2.1 draws it: SHA-256, leaves prefixed by 0, nodes by 1."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

EMPTY = hashlib.sha256().hexdigest()


def leaf(content: bytes) -> bytes:
    """Hash one leaf."""
    return hashlib.sha256(b"\x00" + content).digest()


def node(left: bytes, right: bytes) -> bytes:
    """Hash one inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(leaves: Iterable[bytes]) -> str:
    """Hash any number of leaves, streaming, into one root in hex; memory grows with the logarithm only."""
    peaks: list[tuple[int, bytes]] = []
    for content in leaves:
        height, hashed = 0, leaf(content)
        while peaks and peaks[-1][0] == height:
            hashed = node(peaks.pop()[1], hashed)
            height += 1
        peaks.append((height, hashed))
    if not peaks:
        return EMPTY
    top = peaks.pop()[1]
    while peaks:
        top = node(peaks.pop()[1], top)
    return top.hex()


@dataclass(frozen=True, slots=True)
class Proof:
    """That `content` is leaf `index` (from 0) of `size`: the siblings on its way up to the root, in hex."""

    content: bytes
    index: int
    size: int
    path: tuple[str, ...]
    root: str


class _Peak(NamedTuple):
    height: int
    hashed: bytes
    ours: bool


def proof(leaves: Iterable[bytes], index: int) -> Proof:
    """Prove one leaf of any number of them, streaming; memory grows with the logarithm only.

    Raises:
        IndexError: there is no such leaf.

    """
    peaks: list[_Peak] = []
    path: list[str] = []
    found, size = b"", 0

    def joined(left: _Peak, right: _Peak) -> _Peak:
        if left.ours or right.ours:
            path.append((right if left.ours else left).hashed.hex())
        return _Peak(left.height + 1, node(left.hashed, right.hashed), left.ours or right.ours)

    for place, content in enumerate(leaves):
        size = place + 1
        top = _Peak(0, leaf(content), place == index)
        if top.ours:
            found = content
        while peaks and peaks[-1].height == top.height:
            top = joined(peaks.pop(), top)
        peaks.append(top)
    if not 0 <= index < size:
        message = f"there is no leaf {index} among {size}"
        raise IndexError(message)
    top = peaks.pop()
    while peaks:
        # The odd one out rises unchanged, which is where RFC 9162 puts it as well.
        top = joined(peaks.pop(), top)
    return Proof(found, index, size, tuple(path), top.hashed.hex())


def included(content: bytes, index: int, size: int, path: Sequence[str], root: str) -> bool:
    """Check that `content` is leaf `index` of a tree of `size` leaves with this root."""
    if not 0 <= index < size:
        return False
    hashed, rest = leaf(content), list(path)
    place, last = index, size - 1
    while last:
        if place % 2 or place < last:
            if not rest:
                return False
            sibling = bytes.fromhex(rest.pop(0))
            hashed = node(sibling, hashed) if place % 2 else node(hashed, sibling)
        place, last = place // 2, last // 2
    return not rest and hashed.hex() == root
