"""What share links let people read, as ``comparisons.access`` hears it."""

from typing import Any

import pytest

from compare_site.comparisons import access
from compare_site.comparisons.access import Principal, ShareGrant
from compare_site.comparisons.models import Comparison
from compare_site.sharing.actions import create_share, revoke_share
from compare_site.sharing.cookies import name_of
from compare_site.sharing.grants import ended_shares, share_grants_of
from compare_site.sharing.links import cookie_secret, grant_of
from compare_site.sharing.models import Share

pytestmark = pytest.mark.database


def _share(comparison: Comparison) -> Share:
    return create_share(comparison, comparison.owner_id)[0]


def _grant(share: Share) -> ShareGrant:
    return grant_of(share)


def test_cookies_become_grants_and_wrong_ones_do_not(comparison: Comparison, other: Comparison) -> None:
    one, two, revoked = _share(comparison), _share(other), _share(other)
    jar = {name_of(share.pk): cookie_secret(share) for share in (one, revoked)}
    jar[name_of(two.pk)] = cookie_secret(one)
    revoke_share(revoked)

    assert share_grants_of(jar) == [_grant(one)]
    assert access.grants_of(jar) == (_grant(one),)


def test_without_a_share_cookie_nothing_is_asked(django_assert_num_queries: Any, db: None) -> None:
    with django_assert_num_queries(0):
        assert share_grants_of({"sessionid": "x", "share_": "y"}) == []


def test_a_thousand_cookies_cost_one_query(comparison: Comparison, django_assert_num_queries: Any) -> None:
    jar = {name_of(f"{number:032x}"): "x" for number in range(1000)}
    with django_assert_num_queries(1):
        assert share_grants_of(jar) == []


def test_a_share_reads_and_does_not_write(comparison: Comparison) -> None:
    principal = Principal(grants=(_grant(_share(comparison)),))

    assert access.access_comparison(principal, comparison.pk, "read") == comparison
    with pytest.raises(access.Denied):
        access.access_comparison(principal, comparison.pk, "write")


def test_who_lost_a_share_is_named_and_nobody_else(
    comparison: Comparison, other: Comparison, owner: Any, stranger: Any
) -> None:
    gone, stays, second = _share(comparison), _share(other), _share(comparison)
    principals = [
        Principal(grants=(_grant(gone),)),
        Principal(grants=(_grant(stays),)),
        Principal(user_id=stranger.pk, grants=(_grant(gone),)),
        Principal(user_id=owner.pk, grants=(_grant(gone),)),
        Principal(grants=(_grant(gone), _grant(second))),
        Principal(user_id=stranger.pk),
    ]
    revoke_share(gone)

    assert ended_shares(principals) == {0, 2}
    assert access.ended(principals) == {0, 2}


def test_a_deleted_comparison_ends_its_shares(comparison: Comparison) -> None:
    principals = [Principal(grants=(_grant(_share(comparison)),))]
    comparison.delete()

    assert ended_shares(principals) == {0}
