"""Codes are found where they stand, and only there."""

import pytest

from cli.codes import ROOMS, Code, codes


@pytest.fixture
def found(tmp_path):
    def look(source):
        for room in ROOMS:
            (tmp_path / room).mkdir()
        (tmp_path / "ledger" / "errors.py").write_text(source, encoding="utf-8")
        return [(code.error, code.code) for code in codes(tmp_path)]

    return look


def test_a_class_attribute_is_a_code_of_its_class(found):
    source = 'class A(Exception):\n    code = "a"\nclass B(A):\n    code: str = "b"\n'
    assert found(source) == [("A", "a"), ("B", "b")]


def test_a_constructors_code_is_read_at_each_call(found):
    source = """
class Refused(Exception):
    def __init__(self, name, code): ...
class Stale(errors.Refused): ...
Refused("x", "late")
Stale("x", "stale")
Refused("x", code="named")
Refused("x", "one" if late else "other")
"""
    assert found(source) == [
        ("Refused", "late"),
        ("Refused", "named"),
        ("Refused", "one"),
        ("Refused", "other"),
        ("Stale", "stale"),
    ]


def test_what_is_no_code_is_left_alone(found):
    source = """
class Refused(Exception):
    def __init__(self, code): ...
class Plain(Exception):
    def __init__(self, sentence): ...
class Column:
    def __init__(self, code): ...
Refused(f"smtp.{number}")
Refused(1)
Plain("sentence")
Column("column")
table["x"]("called")
"""
    assert found(source) == []


@pytest.mark.parametrize(
    ("handed", "said"),
    [
        ('"late", "It is late."', "It is late."),
        ('"late", f"{what} is {how} late."', "… is … late."),
        ('"late", "It is " + how', "It is …"),
        ('"late", "It is late." if late else "It is early."', "It is late."),
        ('"late", sentence', "Not in time."),
        ('"late", sentence=f"{what} is late."', "… is late."),
    ],
)
def test_the_sentence_beside_a_code_is_read(tmp_path, handed, said):
    for room in ROOMS:
        (tmp_path / room).mkdir()
    error = "class Refused(Exception):\n    'Not in time.'\n    def __init__(self, code, sentence): ...\n"
    source = f"{error}Refused({handed})\n"
    (tmp_path / "ledger" / "errors.py").write_text(source, encoding="utf-8")
    assert codes(tmp_path) == (Code("ledger", "Refused", "late", said),)


def test_the_code_of_the_house_is_read(root):
    assert any(code.code == "still_owed" and code.sentence for code in codes(root))
