import shutil
from datetime import datetime

import pytest

from domain.assessment import assess
from domain.organisation import Organisation
from domain.playbook import Words
from domain.vocabulary import parse
from playbooks.loader import load_packs
from playbooks.messages import MESSAGES, Messages

# An ordinary company: every fact about it is known, and no special regime binds it.
ORDINARY = {
    "province": "浙江",
    "operates_cii": False,
    "state_organ": False,
    "provides_network_products": False,
    "offers_public_services": False,
    "handles_important_data": False,
    "persons_processed": 2000,
    "sectors": ["other"],
}

AWARE = "2026-03-01T09:00:00+08:00"
CONTACT = Words(zh="电话 1", en="phone 1")


@pytest.fixture(scope="session")
def packs():
    return load_packs()


@pytest.fixture(scope="session")
def ask(packs):
    """Assess facts as a person would write them; `org` changes the ordinary company."""

    def assessed(at="2026-03-01T10:00:00+08:00", org=None, recorded_at=None, **facts):
        given = {"aware_at": AWARE, **facts}
        canonical = {
            name: parse(name, value, scope="incident") for name, value in given.items() if value is not None
        }
        profile = Organisation.read({**ORDINARY, **(org or {})})
        return assess(packs, profile, canonical, datetime.fromisoformat(at), recorded_at or {})

    return assessed


@pytest.fixture(scope="session")
def messages():
    return Messages(CONTACT)


@pytest.fixture
def folder(tmp_path):
    """A copy of the shipped messages, to be changed."""
    return shutil.copytree(MESSAGES, tmp_path / "messages")
