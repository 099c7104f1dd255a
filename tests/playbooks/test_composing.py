import pytest

from playbooks.composing import DEEPEST, Uncomposable, compose
from playbooks.document import LONGEST, Document
from playbooks.invalid import PackInvalid


@pytest.fixture
def read(tmp_path):
    def reading(content):
        file = tmp_path / "file.yaml"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return Document(file).data

    return reading


def test_plain_words_are_read_as_yaml_1_2_reads_them(read):
    text = """
    a: yes
    b: on
    c: 2026-03-01T09:30:00
    d: 1_000
    e: 0x1F
    f: 0o17
    g: 017
    h: 1.50
    i: True
    j:
    k: ~
    l: "1"
    m: 12:30
    n: !!int "3"
    o: !!str 3
    p: 1e3
    """
    assert read(text) == {
        "a": "yes",
        "b": "on",
        "c": "2026-03-01T09:30:00",
        "d": 1000,
        "e": 31,
        "f": 15,
        "g": 17,
        "h": "1.50",
        "i": True,
        "j": None,
        "k": None,
        "l": "1",
        "m": "12:30",
        "n": 3,
        "o": "3",
        "p": "1e3",
    }


def test_aliases_and_json_are_read(read):
    assert read("a: &x [1, {b: c}]\nd: *x") == {"a": [1, {"b": "c"}], "d": [1, {"b": "c"}]}
    assert read('{"a":1,\n\t"b":"\\/"}') == {"a": 1, "b": "/"}
    assert read("") is None
    assert read("\ufeffa: 1") == {"a": 1}


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a: 1\nb: [", 2, "this is no YAML"),
        ("a: *x", 1, "no anchor called x"),
        ("a: 1\n---\nb: 2", 3, "more than one document"),
        ("[" * 900_000, 1, f"more than {DEEPEST} levels"),
        ("a: 1\nb: \0", 2, "a character is not allowed"),
        ("a: \ud83d", 1, "not UTF-8"),
        ("a: &x [*x]", 1, "inside its own anchor"),
        ("a: 1\na: 2", 2, "stands here twice"),
        ("? [a]\n: b", 1, "a key is one word"),
        ("a: !!python/name:os.system x", 1, "has no meaning here"),
        ("a: !!int x", 1, "has no meaning here"),
        ("a: !!set {b}", 1, "has no meaning here"),
        ("a: " + "x" * LONGEST, 1, "more than 1000000 characters"),
        ("a: " + "中" * 2 * LONGEST, 1, "more than 1000000 characters"),
    ],
)
def test_what_is_no_yaml_is_named_with_its_line(tmp_path, text, line, said):
    file = tmp_path / "file.yaml"
    file.write_bytes(text.encode(errors="surrogatepass"))
    with pytest.raises(PackInvalid, match=said) as refused:
        Document(file)
    assert refused.value.line == line


def test_an_unfolding_that_never_ends_is_stopped(read):
    bomb = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
    with pytest.raises(PackInvalid, match="unfolds to more than"):
        read(bomb)


def test_a_number_longer_than_any_is_kept_as_its_text(read):
    assert read("a: " + "9" * 5000) == {"a": "9" * 5000}


def test_what_is_wrong_is_an_answer_of_its_own():
    with pytest.raises(Uncomposable) as refused:
        compose("a: [\n")
    assert (refused.value.line, refused.value.sentence[:15]) == (2, "this is no YAML")
