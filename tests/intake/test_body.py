"""Strict JSON: one meaning, or a code."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.body import Unreadable, read

SHARED = Path(__file__).resolve().parents[3] / "shared"
MAKER = SHARED / "tools" / "make_bad_payloads.py"
SAMPLES = SHARED / "samples" / "siem"

REFUSED = {
    "empty": [b"", b"  \n", b"\xef\xbb\xbf"],
    "not_utf8": [b"\xff", b'{"a":"\xc0\xaf"}', '{"a":1}'.encode("utf-16"), b'"\xed\xa0\x80"'],
    "not_json": [
        b"{",
        b"{'a':1}",
        b"[1,]",
        b'{"a":1}{"b":2}',
        b'{"a":1}\n{"b":2}',
        b'"a\nb"',
        b"01",
        b"name=value",
        b"<x/>",
        b"\xef\xbb\xbf\xef\xbb\xbf1",
        b"tru",
    ],
    "duplicate_key": [b'{"a":1,"a":1}', b'{"a":{"b":1,"b":2}}', b'[{"a":1,"\\u0061":2}]'],
    "not_finite": [b"NaN", b'{"a":Infinity}', b"[-Infinity]", b"1e999", b'{"a":-1E+400}'],
    "too_many_digits": [b"9" * 33, b'{"a":-' + b"1" * 5000 + b"}"],
    "lone_surrogate": [b'"\\ud83d"', b'{"\\udc00":1}', b'["\\ud83dx"]', b'"\\uD83D\\uD83D"'],
    "too_deep": [b"[" * 65 + b"]" * 65, b'{"a":' * 65 + b"1" + b"}" * 65, b"[" * 100_000, b'{"a":' * 100_000],
    "too_many_nodes": [
        json.dumps({f"k{n}": n for n in range(50_001)}).encode(),
        json.dumps(list(range(50_001))).encode(),
        json.dumps([list(range(50_001))]).encode(),
        json.dumps({"a": [[n] for n in range(26_000)]}).encode(),
    ],
}


@pytest.mark.parametrize(
    ("code", "body"), [(code, body) for code, bodies in REFUSED.items() for body in bodies]
)
def test_what_could_be_misread_is_refused_with_its_code(code, body):
    with pytest.raises(Unreadable) as told:
        read(body)
    assert told.value.code == code
    assert told.value.__context__ is None or told.value.__suppress_context__


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'\xef\xbb\xbf{"a":1}', {"a": 1}),
        (b" null ", None),
        (b"[]", []),
        (b"9" * 32, int("9" * 32)),
        (b"1e308", 1e308),
        (b'"\\ud83d\\udea8"', "🚨"),
        (b'{"a":"\\u0000\\u001b"}', {"a": "\x00\x1b"}),
        ('"警钟"'.encode(), "警钟"),
        (b'"NaN"', "NaN"),
        (b'{"a":1,"A":2}', {"a": 1, "A": 2}),
        (b"1e-999", 0.0),
    ],
)
def test_what_has_one_meaning_is_read(body, value):
    assert read(body) == value


def test_the_limits_themselves_are_allowed():
    deep = b'{"a":' * 64 + b"1" + b"}" * 64
    assert read(deep)
    assert len(read(json.dumps({f"k{n}": n for n in range(49_999)}).encode())) == 49_999
    many = [{"n": number, "tags": list(range(12))} for number in range(10_000)]
    assert read(json.dumps(many).encode()) == many


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**31), 10**31)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
    ),
    max_leaves=30,
)


@given(values, st.booleans())
def test_whatever_is_plain_json_is_read_as_it_is(value, ascii_only):
    assert read(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@given(st.binary() | st.text(alphabet='{}[]",:0123456789eE+-.\\u dnulltrefas').map(str.encode))
def test_no_bytes_whatever_make_it_fall_over(body):
    try:
        value = read(body)
    except Unreadable as told:
        value = told.code
    json.dumps(value, allow_nan=False, ensure_ascii=False).encode()


MADE = {
    "01_depth_100000.json": "too_deep",
    "02_duplicate_keys.json": "duplicate_key",
    "03_nan_infinity.json": "not_finite",
    "04_float_overflow.json": "not_finite",
    "05_invalid_utf8.bin": "not_utf8",
    "06_utf8_bom.json": "",
    "07_utf16le_bom.json": "not_utf8",
    "08_lone_surrogate.json": "lone_surrogate",
    "09_nul_and_controls.json": "",
    "10_int_5000_digits.json": "too_many_digits",
    "12_wazuh_1MiB_full_log.json": "",
    "13_gzip_bomb_100MiB.json.gz": "not_utf8",
    "14_kibana_mustache_concatenated.txt": "not_json",
    "15_unescaped_template.txt": "not_json",
    "16_empty.bin": "empty",
    "17_null.json": "",
    "18_array_of_scalars.json": "",
    "19_object_100000_keys.json": "too_many_nodes",
    "20_unicode_tricks.json": "",
    "21_injection_in_text.json": "",
    "24_times.json": "",
    "25_types_wrong.json": "",
}


@pytest.mark.skipif(not MAKER.exists(), reason="the maker of bad payloads is not beside this checkout")
def test_the_made_payloads_get_their_codes(tmp_path):
    subprocess.run([sys.executable, MAKER, tmp_path], check=True)
    for name, code in MADE.items():
        body = (tmp_path / name).read_bytes()
        if code:
            with pytest.raises(Unreadable) as told:
                read(body)
            assert told.value.code == code, name
        else:
            read(body)


@pytest.mark.skipif(not SAMPLES.exists(), reason="the published samples are not beside this checkout")
def test_every_published_sample_is_read():
    names = sorted(SAMPLES.rglob("*.json"))
    assert names
    for name in names:
        assert read(name.read_bytes()) is not None, name
