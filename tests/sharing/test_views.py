"""Opening share links, as a browser does."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from compare_site.comparisons.models import Comparison
from compare_site.sharing.actions import create_share, revoke_share
from compare_site.sharing.cookies import MOST, name_of
from compare_site.sharing.models import Share

pytestmark = pytest.mark.database


def _open(client: Client, comparison: Comparison, **more: Any) -> tuple[Share, str, Any]:
    share, token = create_share(comparison, comparison.owner_id, **more)
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
