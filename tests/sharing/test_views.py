"""Opening share links, as a browser does."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from compare_site.comparisons.models import Comparison
from compare_site.sharing.actions import ShareChange, ShareOptions, change_share, create_share, revoke_share
from compare_site.sharing.cookies import MOST, name_of
from compare_site.sharing.models import Share
from compare_site.sharing.throttle import PASSWORDS_AN_ADDRESS, TOKENS_AN_ADDRESS

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("valkey")]


def _open(client: Client, comparison: Comparison, **more: Any) -> tuple[Share, str, Any]:
    share, token = create_share(comparison, comparison.owner_id, ShareOptions(**more))
    return share, token, client.get(f"/s/{token}")


def test_a_link_leads_to_the_comparison_without_the_token(client: Client, comparison: Comparison) -> None:
    assert client.get(f"/c/{comparison.pk}/").status_code == 404
    share, token, response = _open(client, comparison)

    assert (response.status_code, response["Location"]) == (302, f"/c/{comparison.pk}/")
    cookie = response.cookies[name_of(share.pk)]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    assert token not in cookie.value
    assert share.token_sha256 not in cookie.value
    assert client.get(f"/c/{comparison.pk}/").content == b"Shared title"


def test_the_link_is_kept_out_of_caches_indexes_and_referrers(client: Client, comparison: Comparison) -> None:
    _, _, response = _open(client, comparison)

    assert "no-store" in response["Cache-Control"]
    assert "noindex" in response["X-Robots-Tag"]
    assert response["Referrer-Policy"] == "no-referrer"


def test_https_makes_the_cookie_secure(client: Client, comparison: Comparison, settings: Any) -> None:
    settings.HTTPS = True
    share, _, response = _open(client, comparison)

    assert response.cookies[f"__Host-share_{share.pk}"]["secure"]
    assert client.get(f"/c/{comparison.pk}/").content == b"Shared title"


def test_a_share_opens_its_own_comparison_only(client: Client, comparison: Comparison, other: Comparison) -> None:
    _open(client, comparison)

    assert client.get(f"/c/{other.pk}/").status_code == 404
    _open(client, other)
    assert client.get(f"/c/{other.pk}/").status_code == 200
    assert client.get(f"/c/{comparison.pk}/").status_code == 200


@pytest.mark.parametrize("how", ["revoked", "expired", "owner off", "comparison deleted"])
def test_a_dead_share_opens_nothing_neither_by_link_nor_by_cookie(
    client: Client, comparison: Comparison, owner: Any, how: str
) -> None:
    share, token, _ = _open(client, comparison, expires_at=timezone.now() + timedelta(hours=1))
    assert client.get(f"/c/{comparison.pk}/").status_code == 200

    if how == "revoked":
        revoke_share(share)
    elif how == "expired":
        Share.objects.update(expires_at=timezone.now())
    elif how == "owner off":
        owner.is_active = False
        owner.save()
    else:
        comparison.delete()

    assert client.get(f"/c/{comparison.pk}/").status_code == 404
    assert client.get(f"/s/{token}").status_code == 404


@pytest.mark.parametrize("token", ["x", "x" * 5000, "%00", "null", "ключ", "a%2Fb"])
def test_tokens_that_never_were_are_not_found(client: Client, db: None, token: str) -> None:
    response = client.get(f"/s/{token}")

    assert response.status_code == 404
    assert not response.cookies


def test_neither_the_hash_nor_a_cookie_opens_as_a_token(client: Client, comparison: Comparison) -> None:
    share, _, response = _open(client, comparison)

    assert client.get(f"/s/{share.token_sha256}").status_code == 404
    assert client.get(f"/s/{response.cookies[name_of(share.pk)].value}").status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_a_link_is_only_read(client: Client, comparison: Comparison, method: str) -> None:
    _, token = create_share(comparison, comparison.owner_id)

    assert getattr(client, method)(f"/s/{token}").status_code == 405


def test_cookies_that_open_nothing_are_dropped_and_the_rest_stays_bounded(
    client: Client, comparison: Comparison
) -> None:
    dead, _, _ = _open(client, comparison)
    revoke_share(dead)
    shares = [_open(client, comparison)[0] for _ in range(MOST + 3)]
    kept = {name for name, morsel in client.cookies.items() if name.startswith("share_") and morsel.value}

    assert name_of(dead.pk) not in kept
    assert len(kept) == MOST
    assert name_of(shares[-1].pk) in kept


def test_each_opening_counts_and_the_last_one_is_the_last(client: Client, comparison: Comparison) -> None:
    share, token = create_share(comparison, comparison.owner_id, ShareOptions(max_views=2))
    for _ in range(2):
        guest = Client()
        assert guest.get(f"/s/{token}").status_code == 302
    assert client.get(f"/s/{token}").status_code == 404
    assert guest.get(f"/c/{comparison.pk}/").status_code == 200
    share.refresh_from_db()
    assert (share.views, share.last_viewed_at is None) == (2, False)


@pytest.mark.parametrize(
    "headers",
    [
        {"User-Agent": "Slackbot-LinkExpanding 1.0"},
        {"User-Agent": "facebookexternalhit/1.1"},
        {"User-Agent": "Mozilla/5.0 (compatible; Discordbot/2.0)"},
        {"Sec-Purpose": "prefetch;prerender"},
    ],
)
def test_programs_that_only_look_use_up_nothing(client: Client, comparison: Comparison, headers: Any) -> None:
    share, token = create_share(comparison, comparison.owner_id, ShareOptions(max_views=1))
    response = client.get(f"/s/{token}", headers=headers)
    assert (response.status_code, dict(response.cookies)) == (200, {})
    assert "Shared title" not in response.content.decode()
    client.head(f"/s/{token}")
    share.refresh_from_db()
    assert share.views == 0
    assert client.get(f"/s/{token}", headers={"User-Agent": "Mozilla/5.0 Firefox/140.0"}).status_code == 302


def test_a_password_is_asked_for_at_an_address_without_the_token(client: Client, comparison: Comparison) -> None:
    share, token = _make(comparison, password="a long password")
    response = client.get(f"/s/{token}")
    door = response["Location"]
    assert door == f"/shared/{share.pk}/"
    assert client.get(f"/c/{comparison.pk}/").status_code == 404
    assert client.get(door).status_code == 200
    assert client.post(door, {"password": "wrong"}).status_code == 403
    share.refresh_from_db()
    assert share.views == 0

    response = client.post(door, {"password": "a long password"})
    assert (response.status_code, response["Location"]) == (302, f"/c/{comparison.pk}/")
    assert client.get(f"/c/{comparison.pk}/").status_code == 200
    assert client.get(door)["Location"] == f"/c/{comparison.pk}/", "somebody who goes back is in already"
    assert Client().get(door).status_code == 404
    share.refresh_from_db()
    assert share.views == 1


def _make(comparison: Comparison, **more: Any) -> tuple[Share, str]:
    return create_share(comparison, comparison.owner_id, ShareOptions(**more))


def test_after_too_many_wrong_passwords_the_right_one_has_to_wait(client: Client, comparison: Comparison) -> None:
    _share, token = _make(comparison, password="a long password")
    door = client.get(f"/s/{token}")["Location"]
    tried = [client.post(door, {"password": f"wrong {n}"}).status_code for n in range(PASSWORDS_AN_ADDRESS + 2)]
    assert tried == [403] * PASSWORDS_AN_ADDRESS + [429] * 2
    assert client.post(door, {"password": "a long password"}).status_code == 429
    assert client.get(f"/c/{comparison.pk}/").status_code == 404


def test_after_too_many_wrong_links_none_is_looked_up(client: Client, comparison: Comparison) -> None:
    _, token = _make(comparison)
    for number in range(TOKENS_AN_ADDRESS):
        assert client.get(f"/s/guess-{number}").status_code == 404
    assert client.get("/s/guess").status_code == 429
    assert client.get(f"/s/{token}").status_code == 429
    assert Client(REMOTE_ADDR="10.0.0.9").get(f"/s/{token}").status_code == 302


def test_another_password_shuts_out_whoever_came_in(client: Client, comparison: Comparison, stranger: Any) -> None:
    client.force_login(stranger)
    share, token = _make(comparison, password="a long password")
    client.post(client.get(f"/s/{token}")["Location"], {"password": "a long password"})
    assert client.get(f"/c/{comparison.pk}/").status_code == 200

    change_share(share, ShareChange.model_validate({"password": "another password"}))
    assert client.get(f"/c/{comparison.pk}/").status_code == 404
    assert b"PASSWORD" in client.get(f"/shared/{share.pk}/").content


def test_a_link_for_teammates_asks_to_sign_in(client: Client, comparison: Comparison, stranger: Any) -> None:
    _share, token = _make(comparison, audience="teammates", max_views=1)
    door = client.get(f"/s/{token}")["Location"]
    asked = client.get(door)
    assert (asked.status_code, asked["Location"]) == (302, f"/accounts/sign-in/?next={door}")
    assert token not in asked["Location"]
    client.force_login(stranger)
    assert client.get(door)["Location"] == f"/c/{comparison.pk}/"
    assert client.get(f"/c/{comparison.pk}/").status_code == 200
    # The cookie alone is not enough, and the opening was the only one.
    client.logout()
    assert client.get(f"/c/{comparison.pk}/").status_code == 404
    assert client.get(f"/s/{token}").status_code == 404


def test_who_has_opened_it_finds_it_again_in_another_browser(
    client: Client, comparison: Comparison, stranger: Any, admin: Any
) -> None:
    share, token = _make(comparison, max_views=1)
    client.force_login(stranger)
    client.get(f"/s/{token}")
    elsewhere = Client()
    elsewhere.force_login(stranger)
    assert elsewhere.get(f"/shared/{share.pk}/")["Location"] == f"/c/{comparison.pk}/"
    assert elsewhere.get(f"/c/{comparison.pk}/").status_code == 200
    somebody = Client()
    somebody.force_login(admin)
    assert somebody.get(f"/shared/{share.pk}/").status_code == 404
    revoke_share(share)
    assert elsewhere.get(f"/shared/{share.pk}/").status_code == 404


def test_a_disabled_teammate_is_shut_out(client: Client, comparison: Comparison, stranger: Any) -> None:
    share, token = _make(comparison, audience="teammates")
    client.force_login(stranger)
    client.get(f"/s/{token}")
    assert client.get(f"/c/{comparison.pk}/").status_code == 200
    stranger.is_active = False
    stranger.save()
    assert client.get(f"/c/{comparison.pk}/").status_code == 404
    door = f"/shared/{share.pk}/"
    assert client.get(door)["Location"] == f"/accounts/sign-in/?next={door}", "where nobody who is switched off gets on"
