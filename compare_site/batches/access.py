"""Who may see or change a batch: its owner. Somebody else's does not exist."""

from django.db.models import QuerySet

from compare_site.batches.models import Batch
from compare_site.comparisons.access import Denied, Principal, is_id


def visible_batches(principal: Principal) -> QuerySet[Batch]:
    """The principal's own batches."""
    if principal.user_id is None:
        return Batch.objects.none()
    return Batch.objects.filter(owner_id=principal.user_id)


def access_batch(principal: Principal, batch_id: str) -> Batch:
    """The batch, if it is the principal's. Raises Denied."""
    found = visible_batches(principal).filter(pk=batch_id).first() if is_id(batch_id) else None
    if found is None:
        raise Denied
    return found
