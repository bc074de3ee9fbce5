"""What share links let people read: the answers that ``comparisons.access`` asks this app for."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from django.urls import reverse

from compare_site.comparisons.access import Principal, ShareGrant
from compare_site.comparisons.models import Comparison
from compare_site.sharing.cookies import carried
from compare_site.sharing.links import cookie_holds, grant_of, valid_shares, was_let_in
from compare_site.sharing.models import Share, ShareSnapshot

MOST_LOOKED_UP = 50


def share_grants_of(cookies: Mapping[str, str]) -> list[ShareGrant]:
    """The valid grants in the cookies of a request: at most one query, none without a share cookie."""
    secrets = dict(islice(carried(cookies).items(), MOST_LOOKED_UP))
    if not secrets:
        return []
    shares = valid_shares().filter(pk__in=secrets)
    return [grant_of(share) for share in shares if cookie_holds(share, secrets[share.pk])]


def way_back(cookies: Mapping[str, str], comparison_id: str) -> str | None:
    """Where whoever was let in here once can come in again: empty if no link of theirs is valid any more.

    None for who has never been let in, and for who can read but has to sign in.
    """
    secrets = dict(islice(carried(cookies).items(), MOST_LOOKED_UP))
    if not secrets:
        return None
    shares = Share.objects.filter(pk__in=secrets, comparison_id=comparison_id)
    known = {share.pk for share in shares if was_let_in(share, secrets[share.pk])}
    valid = list(valid_shares().filter(pk__in=known))
    shut = [share for share in valid if not cookie_holds(share, secrets[share.pk])]
    if shut:
        return reverse("shared-open", args=(shut[0].pk,))
    return "" if len(valid) < len(known) else None


def known_shares(cookies: Mapping[str, str]) -> set[str]:
    """The valid ones that this browser was let in by, those that ask for a new password too."""
    secrets = dict(islice(carried(cookies).items(), MOST_LOOKED_UP))
    shares = valid_shares().filter(pk__in=secrets) if secrets else ()
    return {share.pk for share in shares if was_let_in(share, secrets[share.pk])}


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
