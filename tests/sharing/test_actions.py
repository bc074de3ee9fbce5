"""Making, revoking and resolving share links."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from compare_site.comparisons.access import Denied, Principal
from compare_site.comparisons.actions import Refused
from compare_site.comparisons.models import Comparison
from compare_site.sharing import actions, links
from compare_site.sharing.actions import ShareOptions
from compare_site.sharing.models import Share, ShareSnapshot

pytestmark = pytest.mark.database


def test_the_token_has_256_bits_and_is_not_stored(comparison: Comparison) -> None:
    share, token = actions.create_share(comparison, comparison.owner_id)

    assert len(token) == 43
    assert token not in str(Share.objects.get().__dict__)
    assert links.resolve_token(token) == share


def test_an_end_must_be_in_the_future_and_is_utc_without_a_zone(comparison: Comparison) -> None:
    for past in (timezone.now() - timedelta(seconds=1), datetime(2001, 1, 1)):
        with pytest.raises(Refused) as raised:
            actions.create_share(comparison, comparison.owner_id, ShareOptions(expires_at=past))
        assert (raised.value.status, raised.value.code) == (422, "invalid")
    share, _ = actions.create_share(comparison, comparison.owner_id, ShareOptions(expires_at=datetime(2100, 1, 1)))

    assert Share.objects.get() == share
    assert share.expires_at == datetime(2100, 1, 1, tzinfo=UTC)


def test_revoking_twice_keeps_the_first_time(comparison: Comparison) -> None:
    share, token = actions.create_share(comparison, comparison.owner_id)
    first = actions.revoke_share(share).revoked_at

    assert first is not None
    assert actions.revoke_share(share).revoked_at == first
    assert links.resolve_token(token) is None


def test_snapshots_are_bounded_and_go_with_their_link(
    comparison: Comparison, monkeypatch: pytest.MonkeyPatch, valkey: Any
) -> None:
    monkeypatch.setattr(actions, "MOST_SNAPSHOTS", 1)
    frozen = ShareOptions(mode="snapshot")
    share, _ = actions.create_share(comparison, comparison.owner_id, frozen)
    with pytest.raises(Refused) as raised:
        actions.create_share(comparison, comparison.owner_id, frozen)
    actions.create_share(comparison, comparison.owner_id)
    actions.revoke_share(share)

    assert (raised.value.status, raised.value.code) == (422, "too_many_snapshots")
    assert not ShareSnapshot.objects.exists()
    assert actions.create_share(comparison, comparison.owner_id, frozen)


def test_a_cookie_holds_for_its_own_share_only(comparison: Comparison) -> None:
    one, token = actions.create_share(comparison, comparison.owner_id)
    two, _ = actions.create_share(comparison, comparison.owner_id)
    secret = links.cookie_secret(one)

    assert links.cookie_holds(one, secret)
    for share, value in ((two, secret), (one, token), (one, one.token_sha256), (one, "")):
        assert not links.cookie_holds(share, value)


def test_the_cookie_depends_on_the_secret_of_the_installation(comparison: Comparison, settings: Any) -> None:
    share, _ = actions.create_share(comparison, comparison.owner_id)
    before = links.cookie_secret(share)
    settings.SECRET_KEY = "another" * 10

    assert links.cookie_secret(share) != before


def test_an_end_that_does_not_exist_in_utc_is_refused(comparison: Comparison) -> None:
    moment = datetime.fromisoformat("9999-12-31T23:59:59-14:00")

    with pytest.raises(Refused) as caught:
        actions.create_share(comparison, comparison.owner_id, ShareOptions(expires_at=moment))

    assert (caught.value.status, caught.value.details[0]["field"]) == (422, "expires_at")


def test_only_the_owner_reaches_a_share(comparison: Comparison, owner: Any, stranger: Any) -> None:
    share, _ = actions.create_share(comparison, comparison.owner_id)

    assert actions.access_share(Principal(user_id=owner.pk), share.pk) == share
    for principal, share_id in (
        (Principal(user_id=stranger.pk), share.pk),
        (Principal(), share.pk),
        (Principal(user_id=owner.pk), "0" * 32),
    ):
        with pytest.raises(Denied):
            actions.access_share(principal, share_id)
