"""What models are known to lack, read from their rows: no key is touched and no provider is asked."""

from collections.abc import Collection

from providers.models import ChatModel, ModelGroup
from providers.resolve.groups import with_deployments
from providers.resolve.public_ids import find_named


def lacking(public_ids: Collection[str], capability: str) -> frozenset[str]:
    """Those that are known to lack it; of a group all who may answer. A few queries, whatever the number of ids."""
    found = find_named(public_ids, create_typed=False)
    groups = [row.pk for row in found.values() if isinstance(row, ModelGroup)]
    members = {
        group.pk: [deployment.chat_model for deployment in group.deployments.all()]
        for group in (with_deployments(ModelGroup.objects.filter(pk__in=groups)) if groups else ())
    }
    rows: dict[str, list[ChatModel]] = {}
    for public_id, row in found.items():
        if isinstance(row, ModelGroup):
            rows[public_id] = members.get(row.pk, [])
        elif isinstance(row, ChatModel):
            rows[public_id] = [row]
    return frozenset(
        public_id
        for public_id, models in rows.items()
        if models and all(model.capabilities.get(capability) is False for model in models)
    )
