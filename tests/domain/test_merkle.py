import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import merkle

leaves = st.lists(st.binary(max_size=8), min_size=1, max_size=40)

# The eight inputs and the roots that certificate-transparency's own tests publish for RFC 6962.
INPUTS = [bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243")]
INPUTS += [bytes.fromhex("5051525354555657"), bytes.fromhex("606162636465666768696a6b6c6d6e6f")]


def plain(contents: list[bytes]) -> bytes:
    """RFC 9162's own recursive definition."""
    if len(contents) == 1:
        return hashlib.sha256(b"\x00" + contents[0]).digest()
    half = 1
    while half * 2 < len(contents):
        half *= 2
    return hashlib.sha256(b"\x01" + plain(contents[:half]) + plain(contents[half:])).digest()


def test_published_roots():
    assert merkle.root([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert merkle.root(INPUTS[:1]) == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert merkle.root(INPUTS[:2]) == "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
    assert merkle.root(INPUTS) == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


@given(leaves)
def test_streaming_gives_the_defined_root(contents):
    assert merkle.root(iter(contents)) == plain(contents).hex()


@given(leaves, st.data())
def test_every_leaf_is_proven_and_nothing_else(contents, data):
    index = data.draw(st.integers(0, len(contents) - 1))
    root = merkle.root(contents)
    found = merkle.proof(iter(contents), index)
    path, size = found.path, len(contents)
    assert (found.content, found.index, found.size, found.root) == (contents[index], index, size, root)
    assert merkle.included(contents[index], index, size, path, root)
    assert not merkle.included(contents[index] + b"x", index, size, path, root)
    assert not merkle.included(contents[index], index, size, (*path, "00" * 32), root)
    assert not merkle.included(contents[index], size, size, path, root)
    if path:
        assert not merkle.included(contents[index], index, size, path[:-1], root)


def test_there_is_no_proof_of_what_is_not_there():
    with pytest.raises(IndexError, match="no leaf 2 among 2"):
        merkle.proof([b"a", b"b"], 2)
    with pytest.raises(IndexError, match="no leaf 0 among 0"):
        merkle.proof([], 0)
