import pytest

from playbooks.field_maps import field_map
from playbooks.invalid import PackInvalid
from playbooks.schema import FIELD_MAP_SCHEMA


def test_a_mapping_is_read_with_one_name_or_several():
    found = field_map(FIELD_MAP_SCHEMA.parent / "example.yaml")
    assert found.headings["phone"] == ("手机", "电话")
    assert found.headings["id"] == ("会员号",)
    assert "语言" in found.headings["language"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("fields: {nme: 姓名}", "nme"),
        ("fields: {name: []}", "at least 1 item"),
        ("fields: {name: {a: b}}", "tuple"),
        ("region: cn", "match pattern"),
        ("columns: {name: a}", "no field called columns"),
        ("- a", "mapping"),
    ],
)
def test_a_mapping_that_does_not_hold_is_refused_with_its_line(tmp_path, text, said):
    file = tmp_path / "map.yaml"
    file.write_text(text)
    with pytest.raises(PackInvalid, match=said) as caught:
        field_map(file)
    assert "map.yaml:1" in str(caught.value)
