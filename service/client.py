import logging
import os
import sys
from collections.abc import Sequence
from datetime import timedelta
from typing import Final, NoReturn

from temporalio.client import Client, Interceptor, Plugin, TLSConfig
from temporalio.service import GrpcCompression

from service.codec import Keyring, data_converter
from service.temporal_error import TemporalError

CONNECT_S: Final = 10


async def connect(  # noqa: PLR0913 - each is a setting of the connection, and named at the call
    address: str,
    namespace: str,
    keys: Keyring,
    *,
    tls: bool | TLSConfig = False,
    api_key: str | None = None,
    plugins: Sequence[Plugin] = (),
    interceptors: Sequence[Interceptor] = (),
) -> Client:
    """Connect with the one data converter of ours; the namespace itself is not asked for yet.

    Raises:
        TemporalError: `temporal.unreachable` when nothing answers within ten seconds.

    """
    try:
        return await Client.connect(
            address,
            namespace=namespace,
            data_converter=data_converter(keys),
            tls=tls,
            api_key=api_key,
            plugins=plugins,
            interceptors=interceptors,
            connect_timeout=timedelta(seconds=CONNECT_S),
            # The host's name, which the SDK would put here, is nobody's business in a history.
            identity=f"tocsin/{os.getpid()}",
            # Encrypted payloads do not shrink; compressing them only costs time.
            grpc_compression=GrpcCompression.NONE,
        )
    except (RuntimeError, ValueError) as error:
        raise TemporalError(
            "temporal.unreachable",
            f"no Temporal server answers at {address}: start it, or correct TOCSIN_TEMPORAL_ADDRESS",
        ) from error


def leave(code: int) -> NoReturn:
    """End this process with `code` at once, everything written.

    The SDK's native threads now and then crash an interpreter that shuts down in the ordinary way,
    after all work is done; so a process that held a client leaves without running destructors.
    """
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            # The reader has gone (a closed pipe), which is no reason to end otherwise than asked.
            continue
    os._exit(code)
