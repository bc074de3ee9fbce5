"""The one read door: owners, shares, and nobody else."""

import pytest

from compare_site.comparisons import access
from compare_site.comparisons.access import Denied, NotSignedIn, Principal, ShareGrant
from compare_site.comparisons.models import Comparison

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def comparison(owner) -> Comparison:  # type: ignore[no-untyped-def]
    return Comparison.objects.create(owner=owner, title="mine")


def test_the_owner_reads_and_writes(comparison: Comparison) -> None:
    mine = Principal(user_id=comparison.owner_id)
    assert access.access_comparison(mine, comparison.pk, "write") == comparison


def test_a_stranger_and_an_administrator_find_nothing(comparison: Comparison, stranger, admin) -> None:  # type: ignore[no-untyped-def]
    for other in (stranger, admin):
        with pytest.raises(Denied):
            access.access_comparison(Principal(user_id=other.pk), comparison.pk)
    assert not access.visible_comparisons(Principal(user_id=stranger.pk)).exists()


def test_nobody_is_asked_to_sign_in(comparison: Comparison) -> None:
    with pytest.raises(NotSignedIn):
        access.access_comparison(Principal(), comparison.pk)


def test_a_share_reads_its_own_comparison_and_nothing_else(comparison: Comparison) -> None:
    other = Comparison.objects.create(owner=comparison.owner)
    viewer = Principal(grants=(ShareGrant("s", comparison.pk),))
    assert access.access_comparison(viewer, comparison.pk) == comparison
    with pytest.raises(Denied):
        access.access_comparison(viewer, comparison.pk, "write")
    with pytest.raises(Denied):
        access.access_comparison(viewer, other.pk)


def test_an_unknown_need_is_an_error_and_never_yes(comparison: Comparison) -> None:
    with pytest.raises(ValueError, match="unknown need"):
        access.may(Principal(grants=(ShareGrant("s", comparison.pk),)), comparison, "admire")  # type: ignore[arg-type]


def test_a_disabled_user_has_ended(owner) -> None:  # type: ignore[no-untyped-def]
    principal = Principal(user_id=owner.pk, token_id=None)
    assert 0 not in access.ended([principal]) or principal.session_key is None
    owner.is_active = False
    owner.save()
    assert access.ended([principal]) == {0}


def grant(share_id: str, comparison: Comparison, *parts: str, **more: bool) -> ShareGrant:
    return ShareGrant(share_id, comparison.pk, frozenset(parts), **more)


def test_of_several_shares_the_one_that_shows_most_is_read_by(comparison: Comparison, stranger) -> None:  # type: ignore[no-untyped-def]
    few, many = grant("z", comparison, "names"), grant("a", comparison, "names", "metrics")
    raw, frozen = grant("b", comparison, "raw"), grant("c", comparison, "names", "metrics", "prompt", frozen=True)
    viewer = Principal(user_id=stranger.pk, grants=(few, raw, many, frozen))
    found = access.access_comparison(viewer, comparison.pk)
    assert found.grant == many
    assert access.narrowed(viewer, found) == Principal(user_id=stranger.pk, grants=(many,))
    assert access.audience_of(found).sees == {"names", "metrics"}
    owner = Principal(user_id=comparison.owner_id, grants=(many,))
    found = access.access_comparison(owner, comparison.pk)
    assert found.grant is None
    assert access.narrowed(owner, found).grants == ()
    assert access.audience_of(found).sees is None


def test_what_was_frozen_and_is_gone_is_denied(comparison: Comparison) -> None:
    with pytest.raises(Denied):
        access.frozen_state(grant("0" * 32, comparison, frozen=True))


def test_a_share_for_signed_in_people_is_nothing_to_nobody(comparison: Comparison, stranger, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    team, all_ = grant("a", comparison, signed_in=True), grant("b", comparison)
    monkeypatch.setattr(access, "_grants", [lambda _cookies: [team, all_]])
    assert access.principal_of_cookies(None, None, {}).grants == (all_,)
    assert access.principal_of_cookies(stranger, "s", {}) == Principal(stranger.pk, "s", None, (team, all_))
