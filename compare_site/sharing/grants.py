"""What share links let people read: the answers that ``comparisons.access`` asks this app for."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from compare_site.comparisons.access import Principal, ShareGrant
from compare_site.comparisons.models import Comparison
from compare_site.sharing.cookies import carried
from compare_site.sharing.links import cookie_holds, grant_of, valid_shares
from compare_site.sharing.models import Share, ShareSnapshot

MOST_LOOKED_UP = 50


def share_grants_of(cookies: Mapping[str, str]) -> list[ShareGrant]:
    """The valid grants in the cookies of a request: at most one query, none without a share cookie."""
    secrets = dict(islice(carried(cookies).items(), MOST_LOOKED_UP))
    if not secrets:
        return []
    shares = valid_shares().filter(pk__in=secrets)
    return [grant_of(share) for share in shares if cookie_holds(share, secrets[share.pk])]


def had_link(cookies: Mapping[str, str], comparison_id: str) -> bool:
    """Whether one of the cookies let its bearer in here by a link that is valid no more."""
    secrets = dict(islice(carried(cookies).items(), MOST_LOOKED_UP))
    if not secrets:
        return False
    shares = Share.objects.filter(pk__in=secrets, comparison_id=comparison_id)
    ended = shares.exclude(pk__in=valid_shares().filter(pk__in=secrets).values("pk"))
    return any(cookie_holds(share, secrets[share.pk]) for share in ended)


def ended_shares(principals: Sequence[Principal]) -> set[int]:
    """Indexes of the principals that have lost a comparison with a share, or see more or less of it than they did.

    Who owns the comparison, or has another valid share of it, has lost nothing.
    """
    ids = {grant.share_id for who in principals for grant in who.grants}
    if not ids:
        return set()
    valid = {grant_of(share) for share in valid_shares().filter(pk__in=ids)}
    lost = {
        (index, grant.comparison_id)
        for index, who in enumerate(principals)
        for grant in who.grants
        if grant not in valid
        and not any(other in valid and other.comparison_id == grant.comparison_id for other in who.grants)
    }
    owners = dict(Comparison.objects.filter(pk__in={each for _, each in lost}).values_list("pk", "owner_id"))
    return {index for index, each in lost if each not in owners or owners[each] != principals[index].user_id}


def frozen_state_of(share_id: str) -> dict[str, Any] | None:
    """What a snapshot shows."""
    row = ShareSnapshot.objects.filter(pk=share_id).first()
    return None if row is None else row.state
