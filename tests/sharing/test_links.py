"""From a token, an opening or a cookie to its share."""

import secrets

import pytest

from compare_site.comparisons.models import Comparison
from compare_site.sharing import links
from compare_site.sharing.actions import ShareChange, ShareOptions, change_share, create_share
from compare_site.sharing.models import Share
from tests.clients.together import together

GUESSES = 1_000_000


def made(comparison: Comparison, **options: object) -> Share:
    return create_share(comparison, comparison.owner_id, ShareOptions.model_validate(options))[0]


def hits(guesses: int) -> int:
    return sum(links.resolve_token(secrets.token_urlsafe(32)) is not None for _ in range(guesses))


def test_guessed_tokens_open_nothing(comparison: Comparison) -> None:
    for _ in range(50):
        made(comparison)
    assert hits(500) == 0


@pytest.mark.leisure
@pytest.mark.timeout(3600)
def test_a_million_guessed_tokens_open_nothing(comparison: Comparison) -> None:
    """256 bits say it, this shows that nothing in the way of the lookup makes them fewer."""
    for _ in range(50):
        made(comparison)
    assert hits(GUESSES) == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.database
def test_as_many_come_in_as_may(comparison: Comparison) -> None:
    share = made(comparison, max_views=3)

    def come() -> bool:
        return links.valid_shares().filter(pk=share.pk).exists() and links.count_opening(share)

    assert sum(together(8, come)) == 3
    share.refresh_from_db()
    assert share.views == 3
    assert share.last_viewed_at is not None


def test_another_password_ends_what_the_old_one_opened(comparison: Comparison) -> None:
    share = made(comparison, password="a long password")
    before = links.grant_of(share), links.cookie_secret(share), links.pending_secret(share)
    assert links.password_opens(share, "a long password")
    assert not links.password_opens(share, "another password")
    assert "a long password" not in str(Share.objects.values().get())

    share = change_share(share, ShareChange.model_validate({"password": "another password"}))
    after = links.grant_of(share), links.cookie_secret(share), links.pending_secret(share)
    assert not set(before) & set(after)
    assert not links.password_opens(share, "a long password")
    assert not links.password_opens(made(comparison), "")
