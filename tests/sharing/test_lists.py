"""What one shares and what is shared with one."""

import re
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from compare_site.comparisons.models import Comparison
from compare_site.sharing.actions import ShareChange, ShareOptions, change_share, create_share, revoke_share
from compare_site.sharing.cookies import name_of
from compare_site.sharing.links import remember_visit
from compare_site.sharing.lists import PAGE, shared_by, shared_with
from compare_site.sharing.models import Share

pytestmark = [pytest.mark.django_db, pytest.mark.database, pytest.mark.usefixtures("valkey")]


@pytest.fixture(autouse=True)
def bare_site() -> None:
    """The whole site, other than for the tests beside this one."""


def made(comparison: Comparison, **options: Any) -> Share:
    return create_share(comparison, comparison.owner_id, ShareOptions(**options))[0]


def test_the_page_names_what_is_shared_and_revokes_it(comparison: Comparison, owner: Any, stranger: Any) -> None:
    share = made(comparison, label="for Ada", parts=["prompt", "names"], password="a long password", max_views=3)
    mine, theirs = Client(), Client()
    mine.force_login(owner)
    theirs.force_login(stranger)
    html = mine.get("/shared/").content.decode()
    for text in ("Shared title", "for Ada", "password", "opened 0 of 3 times", "without: Metrics"):
        assert text in html
    assert "Shared title" not in theirs.get("/shared/").content.decode()
    assert theirs.post("/shared/", {"revoke": share.pk}).status_code == 404
    assert mine.post("/shared/", {"revoke": "x" * 32}).status_code == 404
    assert mine.post("/shared/", {"revoke": "nonsense"}).status_code == 404

    page = mine.post("/shared/", {"revoke": share.pk}, follow=True).content.decode()
    assert "The link does not work any more." in page
    share.refresh_from_db()
    assert share.revoked_at is not None
    assert Client().get("/shared/").status_code == 302


@pytest.mark.parametrize("how", ["revoked", "expired", "in the trash"])
def test_whoever_was_let_in_is_told_that_the_link_has_ended(comparison: Comparison, stranger: Any, how: str) -> None:
    share, token = create_share(comparison, comparison.owner_id)
    path = f"/c/{comparison.pk}/"
    guest, mate, forger, nobody = Client(), Client(), Client(), Client()
    mate.force_login(stranger)
    for each in (guest, mate):
        assert each.get(f"/s/{token}", follow=True).status_code == 200
    forger.cookies[name_of(share.pk)] = "0" * 64
    if how == "revoked":
        revoke_share(share)
    elif how == "expired":
        Share.objects.update(expires_at=timezone.now())
    else:
        Comparison.objects.update(trashed_at=timezone.now())
    for each in (guest, mate):
        answer = each.get(path)
        assert (answer.status_code, "no-store" in answer["Cache-Control"]) == (404, True)
        assert "This link does not work any more" in answer.content.decode()
        assert "Shared title" not in answer.content.decode()
    # Elsewhere, and without the secret, nothing is said of any comparison.
    assert guest.get(f"/c/{'0' * 32}/").status_code == 302
    assert [each.get(path).status_code for each in (forger, nobody)] == [302, 302]


def test_whoever_came_in_by_an_older_password_is_asked_for_the_new_one(comparison: Comparison, stranger: Any) -> None:
    share, token = create_share(comparison, comparison.owner_id, ShareOptions(password="a long password", max_views=2))
    page, door = f"/c/{comparison.pk}/", f"/shared/{share.pk}/"
    guest, mate, nobody = Client(), Client(), Client()
    mate.force_login(stranger)
    for each in (guest, mate):
        each.get(f"/s/{token}")
        assert each.post(door, {"password": "a long password"})["Location"] == page
    share = change_share(share, ShareChange.model_validate({"password": "another password"}))
    for each in (guest, mate):
        asked = each.get(page, follow=True)
        assert (asked.redirect_chain, asked.status_code) == ([(door, 302)], 200)
        assert "Its password was set or changed after you opened it." in asked.content.decode()
        assert "Shared title" not in asked.content.decode()
        assert each.post(door, {"password": "a long password"}).status_code == 403
        # Coming back is no opening: the two that there were are used up.
        assert each.post(door, {"password": "another password"})["Location"] == page
        assert each.get(page).status_code == 200
    assert [nobody.get(address).status_code for address in (page, door)] == [302, 404]

    change_share(share, ShareChange.model_validate({"password": None}))
    assert guest.get(page, follow=True).redirect_chain == [(door, 302), (page, 302)]
    revoke_share(share)
    assert [guest.get(address).status_code for address in (page, door)] == [404, 404]


def test_a_link_that_needs_a_login_has_not_ended_for_who_signed_out(comparison: Comparison, stranger: Any) -> None:
    token = create_share(comparison, comparison.owner_id, ShareOptions(audience="teammates"))[1]
    mate = Client()
    mate.force_login(stranger)
    assert mate.get(f"/s/{token}", follow=True).status_code == 200
    del mate.cookies[settings.SESSION_COOKIE_NAME]
    assert mate.get(f"/c/{comparison.pk}/").status_code == 302


def test_what_was_opened_is_found_again_until_it_ends(comparison: Comparison, stranger: Any) -> None:
    share = create_share(comparison, comparison.owner_id)
    client = Client()
    client.force_login(stranger)
    client.get(f"/s/{share[1]}")
    html = client.get("/shared/").content.decode()
    assert "Shared title" in html
    assert f"/shared/{share[0].pk}/" in html
    assert "by owner" in html
    revoke_share(share[0])
    assert "Shared title" not in client.get("/shared/").content.decode()


def test_a_name_that_is_kept_back_is_in_no_list(comparison: Comparison, owner: Any, stranger: Any) -> None:
    frozen = made(comparison, mode="snapshot")
    hidden, live = made(comparison, parts=["names"]), made(comparison)
    for share in (frozen, hidden, live):
        remember_visit(share, stranger.pk)
    Comparison.objects.update(title="Another title", excerpt="What was asked")
    shown = {item["share"].pk: item["heading"] for item in shared_with(stranger.pk)[0]}
    assert shown == {frozen.pk: "Shared title", hidden.pk: "Comparison", live.pk: "Another title"}


def test_history_leads_to_what_one_person_has_shared(
    comparison: Comparison, other: Comparison, owner: Any, stranger: Any
) -> None:
    third = get_user_model().objects.create_user("third <b>")
    Comparison.objects.filter(pk=other.pk).update(owner=third, title="Of the third")
    client = Client()
    client.force_login(stranger)
    assert "Shared with me by" not in client.get("/history/").content.decode()
    gone = create_share(Comparison.objects.get(pk=other.pk), third.pk)[0]
    for share in (made(comparison), gone):
        remember_visit(share, stranger.pk)
    page = client.get("/history/").content.decode()
    assert re.findall(r"<option value=\"([^\"]*)\">(?:owner|third)", page) == ["owner", "third &lt;b&gt;"]
    page = client.get("/shared/", {"person": "third <b>"}).content.decode()
    assert ("Of the third" in page, "Shared title" in page, "Shared by me" in page) == (True, False, False)
    revoke_share(gone)
    page = client.get("/shared/", {"person": "third <b>"}).content.decode()
    assert ("third &lt;b&gt;" in page, "Shared title" in page) == (False, True)


def test_lists_take_as_many_queries_as_before(
    comparison: Comparison, stranger: Any, django_assert_num_queries: Any
) -> None:
    shares = [made(comparison) for _ in range(PAGE + 5)]
    for share in shares:
        remember_visit(share, stranger.pk)
    with django_assert_num_queries(2):
        mine, others = shared_by(comparison.owner_id), shared_with(stranger.pk)
    assert (len(mine[0]), mine[1], len(others[0]), others[1]) == (PAGE, True, PAGE, True)
    assert (len(shared_by(comparison.owner_id, 2)[0]), len(shared_with(stranger.pk, 2)[0])) == (5, 5)
