"""How messages are spread over time, so that no window of one second holds more than a budget allows."""

import math

# Messages leave a little slower than the budget, so that one which is a few hundredths of a second late does
# not meet the next ones in one window.
SLACK = 0.04


def place_seconds(rate: float) -> float:
    """Say how long one message's place is, in seconds, at so many messages per second.

    A budget of several messages a second is a whole number of them in every window.
    """
    return (1 + SLACK) / _whole(rate)


def places(rate: float) -> int:
    """Say how many messages may leave at one instant, so that places need not be taken one by one."""
    return max(1, math.floor(_whole(rate) * SLACK / (1 + SLACK)))


def rate_for(messages: float, seconds: float) -> float:
    """Say what budget, in messages per second, lets so many messages leave in so many seconds."""
    rate = messages * (1 + SLACK) / seconds
    return math.ceil(rate) if rate > 1 else rate


def _whole(rate: float) -> float:
    return math.floor(rate) if rate >= 1 else rate
