"""How full the fullest second is."""

from bisect import bisect_left


def fullest(instants):
    """The most of some instants, in seconds, that lie in any window of one second."""
    at = sorted(instants)
    return max(bisect_left(at, start + 1) - number for number, start in enumerate(at))
