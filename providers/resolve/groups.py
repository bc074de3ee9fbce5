"""From the name of a group to a Group that can be called: deployments with their targets, and what it falls back to."""

from collections.abc import Collection
from dataclasses import replace
from decimal import Decimal, InvalidOperation

from django.db.models import Prefetch, QuerySet

from providers.choice import circle
from providers.contract.errors import SetupError
from providers.contract.grouping import Group, Option
from providers.contract.limiter import Bucket
from providers.contract.resolved import Target
from providers.group_rows import GROUP
from providers.models import Deployment, ModelGroup
from providers.prices import listed_prices
from providers.resolve.public_ids import check_group, group_name
from providers.resolve.targets import deployment_target, resolve_models

DEEPEST = 8
"""Groups behind groups; what is further behind is not asked."""


def resolve_all(wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], Target | Group | SetupError]:
    """For each (public id, protocol) its target, or what its group is made of, or what keeps it from having one."""
    models = [pair for pair in wanted if group_name(pair[0]) is None]
    found: dict[tuple[str, str], Target | Group | SetupError] = dict(resolve_models(models)) if models else {}
    named = {pair: name for pair in wanted if (name := group_name(pair[0])) is not None}
    if named:
        known = known_groups(named.values())
        found.update({pair: _group(name, pair[1], known) for pair, name in named.items()})
    return found


def with_deployments(groups: QuerySet[ModelGroup]) -> QuerySet[ModelGroup]:
    """With all that their targets are made of, in a few queries whatever their number."""
    deployments = (
        Deployment.objects.filter(enabled=True)
        .order_by("priority", "pk")
        .select_related("chat_model", "api_key", "api_key__provider")
        .prefetch_related("chat_model__provider__endpoints", "chat_model__provider__api_keys")
    )
    return groups.prefetch_related(Prefetch("deployments", deployments))


def known_groups(names: Collection[str]) -> dict[str, ModelGroup]:
    """These groups and all that they fall back to."""
    known: dict[str, ModelGroup] = {}
    wanted = set(names)
    while wanted:
        known.update({row.name: row for row in with_deployments(ModelGroup.objects.filter(name__in=wanted))})
        behind = {group_name(each) for row in known.values() for each in row.fallbacks}
        wanted = {name for name in behind if name is not None} - known.keys() - wanted
    return known


def _group(name: str, protocol: str, known: dict[str, ModelGroup]) -> Group | SetupError:
    try:
        return _made(check_group(name, known.get(name)), protocol, known, set(), 0)
    except SetupError as error:
        return error


def _made(group: ModelGroup, protocol: str, known: dict[str, ModelGroup], made: set[str], depth: int) -> Group:
    """``made``: each group is made where it is come upon first. Nobody is asked twice, so circles end there and many
    ways to the same group cost nothing.
    """
    made.add(group.name)
    fallbacks = []
    for public_id in group.fallbacks if depth < DEEPEST else ():
        name = group_name(public_id)
        if name is None:
            fallbacks.append(_of_model(public_id, protocol, group))
        elif name in known and known[name].enabled and name not in made:
            fallbacks.append(_made(known[name], protocol, known, made, depth + 1))
    return Group(
        name=group.public_id,
        options=tuple(_option(deployment, protocol) for deployment in group.deployments.all()),
        strategy=group.strategy,  # type: ignore[arg-type]  # the column has these choices only
        retries=group.retries,
        allowed_failures=group.allowed_failures,
        cooldown=group.cooldown_seconds,
        fallbacks=tuple(fallbacks),
    )


def _option(deployment: Deployment, protocol: str) -> Option:
    key = f"deployment:{deployment.pk}"
    target: Target | SetupError
    try:
        target = deployment_target(deployment, protocol)
        bucket = Bucket(
            key, requests_per_minute=deployment.rpm, tokens_per_minute=deployment.tpm, pausable=True, counted=True
        )
        target = replace(target, buckets=(*target.buckets, bucket))
    except SetupError as error:
        target = error
    return Option(
        key=key,
        name=deployment.chat_model.public_id,
        target=target,
        priority=deployment.priority,
        weight=deployment.weight,
        price=_price(target),
    )


def _of_model(public_id: str, protocol: str, group: ModelGroup) -> Group:
    """A single model as what a group falls back to: under the rules of that group."""
    (target,) = resolve_models([(public_id, protocol)]).values()
    option = Option(key=f"model:{public_id}", name=public_id, target=target)
    return Group(public_id, (option,), allowed_failures=group.allowed_failures, cooldown=group.cooldown_seconds)


def _price(target: Target | SetupError) -> Decimal | None:
    """What a million tokens in and a million out cost together, where that is known."""
    if isinstance(target, SetupError):
        return None
    prices = target.prices or listed_prices(target.spec.price_id, target.model_id)
    if not prices or "input" not in prices or "output" not in prices:
        return None
    try:
        return Decimal(prices["input"]) + Decimal(prices["output"])
    except InvalidOperation:
        return None


def circle_of(name: str, fallbacks: list[str]) -> list[str]:
    """The way back to the group that these fallbacks would make; empty if there is none."""
    leads_to = {f"{GROUP}/{row.name}": row.fallbacks for row in ModelGroup.objects.all()}
    return circle(f"{GROUP}/{name}", {**leads_to, f"{GROUP}/{name}": fallbacks})
