"""Draw up and send a report to an authority."""

from temporalio import activity

from activities.desk import Draft, Drafted, DutyLine, Send, Sent
from domain.facts import Stage

__all__ = ["DraftReport", "Drafted", "DutyLine", "Report", "SendReport", "Sent"]


class DraftReport(Draft):
    """A report to be drawn up at one stage of its story."""

    stage: Stage


class SendReport(Send):
    """A report to be sent by e-mail."""


class Report:
    """Reports to authorities."""

    @activity.defn(name="report.draft")
    def draft(self, request: DraftReport) -> Drafted:
        """Fill the form from the facts and freeze it."""
        raise NotImplementedError

    @activity.defn(name="report.send")
    async def send(self, request: SendReport) -> Sent:
        """Send the frozen report by e-mail."""
        raise NotImplementedError
