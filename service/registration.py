import asyncio
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client
from temporalio.common import SearchAttributeKey
from temporalio.service import RPCError, RPCStatusCode

from service.temporal_error import TemporalError
from workflows.search import ATTRIBUTES

# A closed incident must still be known when a late alert about it arrives.
RETENTION: Final = timedelta(days=365)
_USABLE_S: Final = 30


async def register(
    client: Client,
    *,
    retention: timedelta = RETENTION,
    attributes: Sequence[SearchAttributeKey[Any]] = ATTRIBUTES,
) -> None:
    """Register the client's namespace and the search attributes, and wait until both can be used.

    What is there already is left as it is, so every start may call this.

    Raises:
        TemporalError: `temporal.namespace` when the server refuses, or an attribute is there with
            another type.

    """
    try:
        await _namespace(client, retention)
        there = await _attributes(client, patience_s=_USABLE_S)
        wrong = [
            a.name for a in attributes if there.get(a.name, a.indexed_value_type) != a.indexed_value_type
        ]
        if wrong:
            raise TemporalError(
                "temporal.namespace",
                f"the namespace {client.namespace} has {', '.join(wrong)} with another type: use another one",
            )
        new = {a.name: _type(a) for a in attributes if a.name not in there}
        if new:
            await client.operator_service.add_search_attributes(
                AddSearchAttributesRequest(namespace=client.namespace, search_attributes=new),
            )
        await _usable(client, attributes)
    except RPCError as error:
        raise TemporalError(
            "temporal.namespace",
            f"the namespace {client.namespace} or its attributes cannot be registered: {error.message}",
        ) from error


async def missing(
    client: Client, attributes: Sequence[SearchAttributeKey[Any]] = ATTRIBUTES
) -> tuple[str, ...]:
    """Name the search attributes that are not there with their type: one would stop every workflow.

    Raises:
        TemporalError: `temporal.namespace` when the server does not say.

    """
    try:
        there = await _attributes(client)
    except RPCError as error:
        raise TemporalError(
            "temporal.namespace",
            f"the search attributes of the namespace {client.namespace} cannot be read: {error.message}",
        ) from error
    return tuple(a.name for a in attributes if there.get(a.name) != a.indexed_value_type)


def _type(attribute: SearchAttributeKey[Any]) -> "IndexedValueType.ValueType":
    return IndexedValueType.ValueType(attribute.indexed_value_type)


async def _namespace(client: Client, retention: timedelta) -> None:
    request = RegisterNamespaceRequest(namespace=client.namespace)
    request.workflow_execution_retention_period.FromTimedelta(retention)
    try:
        await client.workflow_service.register_namespace(request)
    except RPCError as error:
        if error.status != RPCStatusCode.ALREADY_EXISTS:
            raise


async def _attributes(client: Client, *, patience_s: float = 0) -> dict[str, int]:
    until = time.monotonic() + patience_s
    while True:
        try:
            answer = await client.operator_service.list_search_attributes(
                ListSearchAttributesRequest(namespace=client.namespace),
            )
        except RPCError as error:
            # A namespace registered a moment ago is not yet known everywhere in the server.
            if error.status != RPCStatusCode.NOT_FOUND or time.monotonic() >= until:
                raise
            await asyncio.sleep(0.05)
        else:
            return dict(answer.custom_attributes)


async def _usable(client: Client, attributes: Sequence[SearchAttributeKey[Any]]) -> None:
    """Ask for every attribute as a list would, until the server knows them all."""
    query = " AND ".join(f"`{attribute.name}` IS NULL" for attribute in attributes)
    until = time.monotonic() + _USABLE_S
    while True:
        try:
            await client.count_workflows(query)
        except RPCError:
            if time.monotonic() > until:
                raise
            await asyncio.sleep(0.05)
        else:
            return
