"""Draw up and send a report to an authority."""

import asyncio

from temporalio import activity

from activities.desk import Desk, Draft, Drafted, DutyLine, Send, Sent
from domain.facts import Stage

__all__ = ["DraftReport", "Drafted", "DutyLine", "Report", "SendReport", "Sent"]


class DraftReport(Draft):
    """A report to be drawn up at one stage of its story."""

    stage: Stage


class SendReport(Send):
    """A report to be sent by e-mail."""


class Report:
    """Reports to authorities."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @activity.defn(name="report.draft")
    def draft(self, request: DraftReport) -> Drafted:
        """Fill the form from the facts and freeze it; see `Desk.draw`."""
        return self._desk.draw(request, request.stage)

    @activity.defn(name="report.send")
    async def send(self, request: SendReport) -> Sent:
        """Send the frozen report by e-mail; see `Desk.send`."""
        return await self._desk.send(request, await asyncio.to_thread(self._desk.frozen, request.sha256))
