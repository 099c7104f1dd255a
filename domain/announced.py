"""What the public reads now: an announcement is issued once, then corrected or withdrawn by later ones."""

from domain.state import Announcement, State


def versions(state: State, announcement: Announcement) -> tuple[Announcement, ...]:
    """List the published versions that stand, or stood, where this one stands: the first one first."""
    root = _root(state, announcement)
    return tuple(
        each for _, each in sorted(state.announcements.items()) if each.path and _root(state, each) == root
    )


def standing(state: State) -> tuple[Announcement, ...]:
    """List what is public and holds: the last version of each, unless that withdraws it."""
    return tuple(
        each
        for _, each in sorted(state.announcements.items())
        if each.path and each.standing != "withdrawn" and versions(state, each)[-1] == each
    )


def _root(state: State, announcement: Announcement) -> int:
    while announcement.follows:
        announcement = state.announcements[announcement.follows]
    return announcement.number
