"""What must be true after every story, whatever it told."""

from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType, WorkflowTaskFailedCause
from temporalio.api.history.v1 import HistoryEvent

from domain.campaign import CampaignState, evolve_campaign
from domain.clock import ClockState
from domain.evolve import fold
from domain.evolve_clock import fold_clock
from domain.fact import read
from domain.ids import incident_stream
from domain.referral import ReferralState, evolve_referral
from service.codec import EncryptingCodec
from service.payload_keys import read_keys
from service.proving import verified
from tests.stories.case import Case
from tests.stories.house import House
from tests.stories.wait import until
from workflows.campaign import Campaign
from workflows.clock import DutyClock
from workflows.incident import Incident
from workflows.referral import Referral

WORKFLOWS = {"duty": DutyClock, "campaign": Campaign, "referral": Referral}
# Who must never be found in Temporal or in a fact, beside a story's own audience.
NOBODY = ("story.example", "zhang.san")


async def prove(case: Case, *needles: str) -> None:
    """Verify, fold, rebuild, and look for people where none may be."""
    house = case.house
    outcome = verified(house.settings.place)
    assert outcome.ok, outcome
    streams = _streams(house, case.incident)
    assert incident_stream(case.incident) in streams
    for stream in streams:
        await _same(house, case.incident, stream)
    _rebuild(house, case.incident)
    for stream in streams:
        for entry in house.ledger.read(stream):
            _nobody(entry.line.model_dump_json(), needles)
    await _history(house, case.incident, needles)


def _streams(house: House, incident: str) -> list[str]:
    name = incident_stream(incident)
    heads = (head.stream for head in house.ledger.heads(name))
    return [stream for stream in heads if stream == name or stream.startswith(f"{name}/")]


def folded(house: House, incident: str, stream: str):
    """The fold of what the ledger holds of one stream."""
    facts = [read(entry.line) for entry in house.ledger.read(stream)]
    if stream == incident_stream(incident):
        return fold(incident, facts)
    match stream.removeprefix(incident_stream(incident)).split("/")[1]:
        case "duty":
            state = fold_clock(ClockState(key=facts[0].body.key, stream=stream), facts)
        case "campaign":
            state = CampaignState(stream=stream)
            for fact in facts:
                state = evolve_campaign(state, fact.body, fact.version)
        case _:
            state = ReferralState(stream=stream)
            for fact in facts:
                state = evolve_referral(state, fact.body, fact.version)
    return state


async def _same(house: House, incident: str, stream: str) -> None:
    rest = stream.removeprefix(incident_stream(incident))
    kind = WORKFLOWS[rest.split("/")[1]] if rest else Incident
    handle = house.client.get_workflow_handle_for(kind.run, stream)
    compared = []

    async def same():
        # A workflow that still runs may be a fact ahead of, or behind, what was just read.
        compared[:] = await handle.query(kind.state), folded(house, incident, stream)
        return compared[0] == compared[1]

    try:
        await until(same, 15)
    except AssertionError:
        assert compared[0] == compared[1]


def _rebuild(house: House, incident: str) -> None:
    before = _views(house, incident)
    assert before
    house.ledger.rebuild()
    # Clocks of other incidents may ring meanwhile; of this one, nothing may differ but by a newer fact.
    after = _views(house, incident)
    moved = {
        name for name in before if before[name] != after[name] and before[name].version == after[name].version
    }
    assert not moved, (before, after)
    assert before.keys() <= after.keys()


def _views(house: House, incident: str):
    views = [view for view in house.views.everything() if view.stream.startswith(incident_stream(incident))]
    return {view.stream: view for view in views}


async def _history(house: House, incident: str, needles: tuple[str, ...]) -> None:
    codec = EncryptingCodec(read_keys(house.settings.codec_file))
    query = f'WorkflowId = "incident/{incident}" OR WorkflowId STARTS_WITH "incident/{incident}/"'

    async def listed():
        return [run async for run in house.client.list_workflows(query)]

    for run in await until(listed):
        handle = house.client.get_workflow_handle(run.id, run_id=run.run_id)
        history = await handle.fetch_history()
        for event in history.events:
            assert not _failed(event), event
            _nobody(str(event), needles)
            for payload in await codec.decode(list(_payloads(event))):
                _nobody(payload.data.decode(), needles)


def _failed(event: HistoryEvent) -> bool:
    """Say whether a workflow task failed of itself: not by what had just come in, nor by a termination."""
    cause = event.workflow_task_failed_event_attributes.cause
    return event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED and cause not in {
        WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND,
        WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_FORCE_CLOSE_COMMAND,
    }


def _payloads(message: Message):
    if isinstance(message, Payload):
        yield message
        return
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        if field.message_type.GetOptions().map_entry:
            items = [item for item in value.values() if isinstance(item, Message)]
        else:
            items = value if isinstance(value, list) or hasattr(value, "append") else [value]
        for item in items:
            yield from _payloads(item)


def _nobody(text: str, needles: tuple[str, ...]) -> None:
    for needle in (*NOBODY, *needles):
        assert needle not in text, f"{needle} where nobody may be named"
