"""The call of a run: makes the client for the model or group that its column names, and streams the client's events."""

import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from django.conf import settings

from compare_site.comparisons.jobs import Job
from compare_site.comparisons.worker_loop import WorkerLoop
from providers.contract.adapter import RenderedRequest
from providers.contract.errors import SetupError
from providers.contract.grouping import Group, GroupEvent, Trying
from providers.contract.messages import ChatRequest
from providers.contract.resolved import Target
from providers.resolve import ChatClient, GroupClient

DEMO_URL = "demo:"
NO_VARIABLE = re.compile(r"[^A-Z0-9]+")
LEAST_PATIENCE = 2.0
"""Seconds that a call waits in line at least, however long the run has waited elsewhere: where there is room it is let
in, and hearing that takes a moment."""


async def batches(worker: WorkerLoop, job: Job) -> AsyncGenerator[Sequence[GroupEvent], None]:
    """The events of the call, in batches, from the first ``Trying`` on. Raises ProviderError or SetupError."""
    target = job.target
    if isinstance(target, SetupError):
        raise target
    if isinstance(target, Group):
        async with aclosing(_group(worker, job, target)) as found:
            async for batch in found:
                yield batch
        return
    ask = job.ask
    if ask is None:
        raise SetupError("bad_request", "This run has no request.")
    target = await _reachable(worker, target)
    client = _client(worker, target, settings.TOTAL_SECONDS)
    rendered = client.render(ask.request)
    yield [Trying(target, rendered)]
    async with aclosing(client.batches(ask.request, rendered)) as answer:
        async for batch in answer:
            yield batch


def _group(worker: WorkerLoop, job: Job, group: Group) -> AsyncGenerator[Sequence[GroupEvent], None]:
    async def client_for(target: Target, seconds: float, waited: float) -> ChatClient:
        return _client(worker, await _reachable(worker, target), seconds, waited)

    def request_for(target: Target) -> ChatRequest:
        job.ask = job.ask_for(target)
        return job.ask.request

    client = GroupClient(group, client_for, board=worker.board, limiter=worker.limiter, total=settings.TOTAL_SECONDS)
    return client.batches(request_for)


def _client(worker: WorkerLoop, target: Target, seconds: float, waited: float = 0.0) -> ChatClient:
    client = ChatClient(
        target,
        worker.transport,
        first_byte=settings.FIRST_BYTE_SECONDS,
        idle=settings.IDLE_SECONDS,
        total=seconds,
        output_limit=settings.OUTPUT_LIMIT_BYTES,
    )
    return client.in_line(worker.limiter, max(settings.QUEUE_SECONDS - waited, LEAST_PATIENCE))


async def _reachable(worker: WorkerLoop, target: Target) -> Target:
    if target.base_url != DEMO_URL:
        return target
    url = await worker.demo_base_url()
    return replace(target, base_url=url, origins=frozenset({url.removesuffix("/v1")}), allow_private=True)


def wire_of(target: Target, rendered: RenderedRequest) -> dict[str, Any]:
    """How this request is sent, without anything secret: what somebody needs to send it from their own code."""
    auth = target.spec.auth
    named = target.spec.env_key[:1] or tuple(names[0] for names in auth.env.values() if names)[:1]
    variable = named[0] if named else NO_VARIABLE.sub("_", target.spec.slug.upper()).strip("_") + "_API_KEY"
    keyless = auth.kind == "none" or (target.credential is None and auth.keyless_too)
    return {
        "protocol": target.adapter.protocol,
        "method": rendered.method,
        "url": target.base_url.rstrip("/") + rendered.path,
        "headers": dict(rendered.headers),
        "streamed": rendered.streamed,
        "auth": {
            "kind": "none" if keyless else auth.kind,
            "header": auth.header,
            "prefix": auth.prefix,
            "region": auth.region,
            "service": auth.service,
            "variable": variable,
        },
    }
