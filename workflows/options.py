"""How long each kind of act may take and how it is tried again; one table for all workflows."""

from datetime import timedelta
from typing import TypedDict

from temporalio.common import Priority, RetryPolicy

DECIDE = "decide"
ACT = "act"
DELIVER_MAIL = "deliver-mail"
DELIVER_SMS = "deliver-sms"

URGENT = Priority(priority_key=1)


class Options(TypedDict, total=False):
    """Keyword arguments of `workflow.execute_activity_method`."""

    task_queue: str
    start_to_close_timeout: timedelta
    schedule_to_close_timeout: timedelta
    heartbeat_timeout: timedelta
    retry_policy: RetryPolicy
    priority: Priority


def _seconds(value: float) -> timedelta:
    return timedelta(seconds=value)


# A fact must be written: whoever waits, waits for as long as the ledger is away.
APPEND: Options = {
    "task_queue": DECIDE,
    "start_to_close_timeout": _seconds(10),
    "retry_policy": RetryPolicy(initial_interval=_seconds(1), maximum_interval=_seconds(30)),
    "priority": URGENT,
}

# An alarm that cannot be rung for half an hour is overtaken by the next one.
RING: Options = {
    "task_queue": ACT,
    "start_to_close_timeout": _seconds(60),
    "schedule_to_close_timeout": timedelta(minutes=30),
    "retry_policy": RetryPolicy(initial_interval=_seconds(2), maximum_interval=_seconds(60)),
    "priority": URGENT,
}

# Ten tries, then a person is asked: by then it is quicker to do it by hand.
CONTAIN: Options = {
    "task_queue": ACT,
    "start_to_close_timeout": timedelta(minutes=2),
    "retry_policy": RetryPolicy(
        initial_interval=_seconds(1), maximum_interval=_seconds(30), maximum_attempts=10
    ),
    "priority": URGENT,
}

# A filing that has not left after a quarter of an hour is handed to a person, while hours remain.
FILE: Options = {
    "task_queue": ACT,
    "start_to_close_timeout": _seconds(60),
    "schedule_to_close_timeout": timedelta(minutes=15),
    "retry_policy": RetryPolicy(initial_interval=_seconds(5), maximum_interval=timedelta(minutes=2)),
    "priority": URGENT,
}

DRAFT: Options = {
    "task_queue": ACT,
    "start_to_close_timeout": timedelta(minutes=2),
    "retry_policy": RetryPolicy(initial_interval=_seconds(1), maximum_interval=_seconds(30)),
    "priority": Priority(priority_key=2),
}

PUBLISH: Options = {
    "task_queue": ACT,
    "start_to_close_timeout": timedelta(minutes=2),
    "retry_policy": RetryPolicy(
        initial_interval=_seconds(1), maximum_interval=_seconds(30), maximum_attempts=10
    ),
    "priority": Priority(priority_key=2),
}

FREEZE: Options = {
    "task_queue": ACT,
    "start_to_close_timeout": timedelta(hours=6),
    "heartbeat_timeout": _seconds(60),
    "retry_policy": RetryPolicy(initial_interval=_seconds(1), maximum_interval=timedelta(minutes=1)),
    "priority": Priority(priority_key=3),
}

COUNT: Options = {
    "task_queue": ACT,
    "start_to_close_timeout": timedelta(hours=1),
    "heartbeat_timeout": timedelta(minutes=5),
    "retry_policy": RetryPolicy(initial_interval=_seconds(1), maximum_interval=timedelta(minutes=1)),
    "priority": Priority(priority_key=3),
}


def deliver(queue: str, incident: str) -> Options:
    """Options of a batch of messages; one incident's millions do not hold up another's hundreds."""
    return {
        "task_queue": queue,
        "start_to_close_timeout": timedelta(minutes=5),
        "heartbeat_timeout": _seconds(30),
        "retry_policy": RetryPolicy(initial_interval=_seconds(1), maximum_interval=timedelta(minutes=1)),
        "priority": Priority(priority_key=4, fairness_key=incident),
    }


def queue_of(channel: str) -> str:
    """Name the task queue that serves a channel."""
    return DELIVER_MAIL if channel == "email" else DELIVER_SMS
