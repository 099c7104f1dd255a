"""What the settings say of each channel's budget, as the plan and the workers reckon with it."""

from domain.outlook import Budget
from service.settings import Settings


def budgets(settings: Settings) -> dict[str, Budget]:
    """Take the budgets out of the settings, by channel."""
    return {channel: Budget.model_validate(part.model_dump()) for channel, part in settings.budgets.items()}
