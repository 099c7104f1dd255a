"""What workflows are started with, written from an incident's state and its book."""

from datetime import UTC, datetime

import pytest

from domain.facts import IncidentOpened
from domain.organisation import Organisation
from domain.state import Referral, State
from domain.turn import Book
from playbooks.incident import load_playbook
from workflows.opening import ReferralOpening, referral_opening

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
OPENED = IncidentOpened(
    incident="I-AAAAAAAAAAAA",
    correlation="c" * 64,
    severity=3,
    category="exfiltration",
    organisation=Organisation(),
    playbook="data-leak",
    playbook_digest="d" * 64,
    packs_digest="e" * 64,
)


@pytest.mark.parametrize(
    ("forms", "form"), [({"referral": "police-here"}, "police-here"), ({"initial": "ncirm-7"}, "police")]
)
def test_a_referral_is_drawn_up_on_the_playbooks_own_form(forms, form):
    playbook = load_playbook().model_copy(update={"forms": forms})
    state = State(incident="I-AAAAAAAAAAAA", opened=OPENED)
    referral = Referral(number=1, authority="psb", duties=())
    book = Book(opening=OPENED, packs=(), playbook=playbook)
    opening = referral_opening(state, referral, book, NOW)
    assert (opening.form, opening.opened_at, opening.authority) == (form, NOW, "psb")
    before = opening.model_dump(exclude={"form"})
    assert ReferralOpening.model_validate(before).form == "police"
