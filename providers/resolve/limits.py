"""The rate limits of a call: those of its provider, of the key it is made with, and of the host it goes to."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from providers.contract.limiter import Bucket, RateLimits
from providers.models import Endpoint, Provider

EACH_MODEL = "{model}"
"""Stands in the names of buckets that each model has for itself, until it is known which one is called."""


def limits_of(provider: Provider, origin: str) -> RateLimits:
    """The catalog's, under what an administrator has said. It spares hosts only where they are one's own."""
    catalog, own = provider.spec.limits, RateLimits.model_validate(provider.limits)
    if not Endpoint(base_url=origin).is_local:
        catalog = catalog.model_copy(update={"host": "parallel"})
    return catalog.model_copy(update=own.model_dump(exclude_unset=True))


def buckets_of(
    provider: Provider, origin: str, key_pk: int | None, key_limits: Mapping[str, Any]
) -> tuple[Bucket, ...]:
    """What a call passes. One that nothing limits costs nothing: whoever calls sees that without asking anybody."""
    limits = limits_of(provider, origin)
    models = f":{EACH_MODEL}" if limits.per_model else ""
    found = [Bucket.of(f"provider:{provider.slug}{models}", limits), Bucket.of_host(origin, limits)]
    account = f"provider:{provider.slug}"
    if key_pk is not None:
        account = f"key:{key_pk}"
        found.append(Bucket.of(f"{account}{models}", RateLimits.model_validate(key_limits)))
    found = [bucket for bucket in found if bucket.limited]
    if not provider.spec.simulated:
        refused = "" if limits.per_model is False else f":{EACH_MODEL}"
        found.append(Bucket(f"pause:{account}:{origin}{refused}", pausable=True))
    return tuple(found)


def for_model(buckets: Iterable[Bucket], model_id: str) -> tuple[Bucket, ...]:
    """The buckets as they are for calls of this model."""
    return tuple(replace(bucket, name=bucket.name.replace(EACH_MODEL, model_id)) for bucket in buckets)
