"""The events about a run's hops: which provider was asked where, how it answered, and why another one was asked."""

from typing import Any

from compare_site.comparisons import events as ev
from compare_site.comparisons.clean import clean, clean_text
from compare_site.comparisons.fold import RunFold
from providers.contract.errors import ProviderError, SetupError
from providers.contract.events import AttemptStarted
from providers.contract.grouping import HopFailed
from providers.contract.resolved import Target


def begun(run: str, event: AttemptStarted, target: Target | None, fold: RunFold) -> ev.RunMeta:
    """The head of a response has come."""
    hop = {
        "provider": event.provider,
        "base_url": event.base_url,
        "status": event.status,
        "ms": round(event.connect_ms, 1),
        **({"model": target.model_id} if target is not None else {}),
    }
    metadata = dict(fold.metadata)
    if event.request_id:
        metadata["request_id"] = clean_text(event.request_id)
    if event.rate_limits:
        metadata["rate_limits"] = clean(event.rate_limits)
    return ev.RunMeta(run=run, hops=[*fold.hops, hop], connect_ms=round(event.connect_ms, 1), metadata=metadata)


def failed(run: str, event: HopFailed, target: Target, fold: RunFold) -> ev.RunMeta:
    """A deployment gave no answer; without the head of a response its hop has no status."""
    before: list[dict[str, Any]] = list(fold.hops)
    if event.head and before:
        hop = before.pop()
    else:
        hop = {
            "provider": target.spec.slug,
            "base_url": target.base_url.partition("?")[0],
            "status": None,
            "ms": event.ms,
            "model": target.model_id,
        }
    return ev.RunMeta(run=run, hops=[*before, {**hop, "error": event.error.code}])


def retrying(run: str, attempt: int, delay_ms: int, error: ProviderError | SetupError) -> ev.RunRetrying:
    """The next attempt follows, be it at the same place or at another one."""
    return ev.RunRetrying(run=run, attempt=attempt, delay_ms=delay_ms, error=clean(error.as_dict()))
