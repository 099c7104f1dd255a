from hypothesis import given
from hypothesis import strategies as st

from domain import groups
from domain.groups import FEWEST, Group, Groups, Key
from domain.kind import KINDS

KEY = st.tuples(
    st.sampled_from([("sms", "email"), ("email",), ()]),
    st.sampled_from(["zh-CN", "en"]),
    st.sampled_from(KINDS),
    st.sampled_from(["", "+86", "+1", "+354"]),
    st.sampled_from(["", "qq.com", "example.com", "wang.example"]),
)


@given(st.lists(st.tuples(KEY, st.integers(1, 60)), max_size=30))
def test_nobody_is_lost_and_few_people_are_never_pointed_at(added):
    counted = Groups()
    for key, people in added:
        for _ in range(people):
            counted.add(Key(*key))
    folded = counted.folded({"qq.com", "wang.example"})
    assert {each.domain for each in folded} <= {"", "qq.com", "wang.example", "#1"}
    assert sum(each.people for each in folded) == sum(people for _, people in added)
    for kind in KINDS:
        people = sum(number for key, number in added if key[2] == kind)
        assert sum(each.people for each in folded if each.kind == kind) == people
        assert counted.kinds.get(kind, 0) == people
    for each in folded:
        assert each.people >= FEWEST or not (each.domain or each.prefix)
    assert len({(each.route, each.language, each.kind, each.prefix, each.domain) for each in folded}) == len(
        folded
    )


def test_a_list_of_endless_domains_and_groups_stays_small(monkeypatch):
    monkeypatch.setattr(groups, "MOST_KEYS", 3)
    monkeypatch.setattr(groups, "MOST_GROUPS", 2)
    counted = Groups()
    for place in range(10):
        for _ in range(FEWEST):
            counted.add(Key(("email",), "en", "individual", "", f"d{place}.example"))
    assert (
        counted.folded(())
        == (
            Group(route=("email",), language="en", people=7 * FEWEST),
            Group(route=("email",), language="en", domain="#1", people=FEWEST),
            Group(route=("email",), language="en", domain="#2", people=FEWEST),
        )
        or sum(each.people for each in counted.folded(())) == 10 * FEWEST
    )
