from domain import commands as c
from domain.approval import adoption_subject, content
from domain.pack import Pack, digest


def without(packs, duty):
    """The law without one of its duties, which is law of another digest."""
    changed = (
        pack.model_copy(update={"duties": tuple(rule for rule in pack.duties if rule.id != duty)})
        for pack in packs
    )
    # A copy keeps what the other one has worked out already; written and read, it keeps nothing.
    return tuple(Pack.model_validate_json(pack.model_dump_json()) for pack in changed)


def test_other_law_is_adopted_by_two_persons_and_asked_at_once(leak):
    law = without(leak.book.packs, "CN-PIPL-57-AUTH")
    order, new = c.AdoptPacks(packs=law), digest(*law)
    subject = adoption_subject(new)
    before = leak.state.packs_digest
    assert leak.no(order, why="") == "needs_reason"
    assert leak.no(order) == "needs_second_person"
    leak.agree(subject)
    done = leak.do(order)
    assert done[0] == "PackAdopted"
    adopted = next(fact.body for fact in leak.history if type(fact.body).__name__ == "PackAdopted")
    assert (adopted.old_digest, adopted.new_digest) == (before, new)
    assert adopted.approved_by
    assert leak.state.packs_digest == new
    gone = leak.duty("CN-PIPL-57-AUTH")
    assert (gone.status, gone.terms.answer) == ("proposed", "not_owed")
    assert leak.no(order) == "same_packs"


def test_what_was_settled_stays_settled_under_other_law(leak):
    number = leak.report(leak.duty("CN-PIPL-57-AUTH").key)
    leak.do(leak.receipt(number))
    law = without(leak.book.packs, "CN-PIPL-57-AUTH")
    leak.agree(adoption_subject(digest(*law)))
    leak.do(c.AdoptPacks(packs=law))
    assert leak.duty("CN-PIPL-57-AUTH").status == "met"


def test_law_of_another_place_is_of_no_use(leak):
    law = tuple(pack.model_copy(update={"jurisdiction": "ZZ"}) for pack in leak.book.packs)
    assert leak.no(c.AdoptPacks(packs=law)) == "packs_of_no_use"


def test_only_a_digest_that_is_another_one_can_be_agreed_to(leak):
    assert content(leak.state, adoption_subject(leak.state.packs_digest)) is None
    for no_digest in ("", "soon", "z" * 64):
        assert content(leak.state, f"adopt/{no_digest}") is None
    assert content(leak.state, adoption_subject("a" * 64))
