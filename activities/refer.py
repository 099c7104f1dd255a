"""Draw up and send the report of a crime to the police."""

import asyncio

from temporalio import activity

from activities.desk import Desk, Draft, Drafted, DutyLine, Send, Sent

__all__ = ["DraftDossier", "Drafted", "DutyLine", "Refer", "SendDossier", "Sent"]


class DraftDossier(Draft):
    """A dossier to be drawn up for one authority."""

    authority: str


class SendDossier(Send):
    """A dossier to be sent by e-mail."""


class Refer:
    """Referrals to the police."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @activity.defn(name="refer.draft")
    def draft(self, request: DraftDossier) -> Drafted:
        """Fill the form from the facts and freeze it; see `Desk.draw`."""
        return self._desk.draw(request, "referral", request.authority)

    @activity.defn(name="refer.send")
    async def send(self, request: SendDossier) -> Sent:
        """Send the frozen dossier by e-mail; see `Desk.send`."""
        return await self._desk.send(request, await asyncio.to_thread(self._desk.frozen, request.sha256))
