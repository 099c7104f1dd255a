"""The way from the settings to a Temporal client."""

from collections.abc import Sequence

from temporalio.client import Client, Plugin

from service.client import connect
from service.payload_keys import read_keys
from service.settings import Settings
from service.temporal import running
from service.temporal_error import TemporalError


def temporal_address(settings: Settings) -> str:
    """Find where Temporal answers: the settings say, or `tocsin up` runs one on this data directory.

    Raises:
        TemporalError: `temporal.unreachable`, when neither is so.

    """
    if settings.temporal_address:
        return settings.temporal_address
    found = running(settings.data_dir)
    if found is None:
        raise TemporalError(
            "temporal.unreachable",
            f"no Temporal server runs on {settings.data_dir}: start tocsin up, or set "
            "TOCSIN_TEMPORAL_ADDRESS.",
        )
    return found.address


async def connected(
    settings: Settings, *, address: str | None = None, plugins: Sequence[Plugin] = ()
) -> Client:
    """Connect as the settings say, or to another `address` with everything else as they say.

    Raises:
        TemporalError: when there is no server, or it does not answer.
        SettingsError: when the payload keys cannot be read.

    """
    key = settings.temporal_api_key
    return await connect(
        address or temporal_address(settings),
        settings.temporal_namespace,
        read_keys(settings.codec_file),
        tls=settings.temporal_tls,
        api_key=key.get_secret_value() if key else None,
        plugins=plugins,
    )
