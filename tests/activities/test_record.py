import pytest
from temporalio.exceptions import ApplicationError

from activities.record import Append, Record
from domain.facts import PlanActivated
from domain.line import Line, canonical

STREAM = "incident/I-AAAAAAAAAAAA"


@pytest.fixture
def append(memory, environment, moment):
    """Append one line at a version, as the workflow does."""

    def run(version, playbook="data-leak"):
        body = PlanActivated(playbook=playbook, steps=())
        line = Line(
            stream=STREAM,
            version=version,
            type="PlanActivated",
            at=moment,
            actor="lead",
            body=canonical(body.model_dump(mode="json")),
        )
        return environment.run(Record(memory.ledger).append, Append(stream=STREAM, lines=(line,)))

    return run


def test_a_repeat_is_a_success(append):
    assert append(1) == append(1) == 1
    assert append(2) == 2


@pytest.mark.parametrize(("version", "playbook", "code"), [(1, "other", "conflict"), (5, "data-leak", "gap")])
def test_another_content_or_a_hole_is_never_retried(append, version, playbook, code):
    append(1)
    with pytest.raises(ApplicationError) as caught:
        append(version, playbook)
    assert caught.value.type == code
    assert caught.value.non_retryable
