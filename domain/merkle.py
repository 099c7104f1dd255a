"""A Merkle tree as RFC 9162 section 2.1 draws it: SHA-256, leaves prefixed by 0, nodes by 1."""

import hashlib
from collections.abc import Iterable, Sequence

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


def proof(leaves: Sequence[bytes], index: int) -> tuple[str, ...]:
    """The siblings from leaf `index` (from 0) up to the root, in hex.

    Raises:
        IndexError: there is no such leaf.

    """
    if not 0 <= index < len(leaves):
        message = f"there is no leaf {index} among {len(leaves)}"
        raise IndexError(message)
    level = [leaf(content) for content in leaves]
    path = []
    while len(level) > 1:
        if index ^ 1 < len(level):
            path.append(level[index ^ 1].hex())
        # The odd one out rises unchanged, which is where RFC 9162 puts it as well.
        odd = level[len(level) & ~1 :]
        level = [node(left, right) for left, right in zip(level[::2], level[1::2], strict=False)] + odd
        index //= 2
    return tuple(path)


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
