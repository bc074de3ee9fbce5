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
