"""Draw up and send the report of a crime to the police."""

from temporalio import activity

from activities.desk import Draft, Drafted, DutyLine, Send, Sent

__all__ = ["DraftDossier", "Drafted", "DutyLine", "Refer", "SendDossier", "Sent"]


class DraftDossier(Draft):
    """A dossier to be drawn up for one authority."""

    authority: str


class SendDossier(Send):
    """A dossier to be sent by e-mail."""


class Refer:
    """Referrals to the police."""

    @activity.defn(name="refer.draft")
    def draft(self, request: DraftDossier) -> Drafted:
        """Fill the form from the facts and freeze it."""
        raise NotImplementedError

    @activity.defn(name="refer.send")
    async def send(self, request: SendDossier) -> Sent:
        """Send the frozen dossier by e-mail."""
        raise NotImplementedError
