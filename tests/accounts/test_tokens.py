"""API tokens."""

from datetime import timedelta

import pytest
from django.utils import timezone

from compare_site.accounts.models import ApiToken, User
from compare_site.accounts.tokens import bearer_of, create_api_token
from compare_site.comparisons import access

pytestmark = pytest.mark.database


def test_a_token_names_its_user_and_is_not_stored(alice: User) -> None:
    row, token = create_api_token(alice)

    assert token not in str(ApiToken.objects.get().__dict__)
    assert len(token) == 43
    assert access.principal_of_bearer(token) == access.Principal(user_id=alice.pk, token_id=row.pk)


def test_each_token_is_new(alice: User) -> None:
    assert create_api_token(alice)[1] != create_api_token(alice)[1]


def test_unknown_odd_and_hashed_tokens_are_nobody(alice: User) -> None:
    row, token = create_api_token(alice)

    for wrong in ("", " ", token[:-1], token + "x", token.swapcase(), row.token_sha256, "x" * 100_000, "ключ", "\x00"):
        assert bearer_of(wrong) is None


def test_revoked_and_switched_off_are_nobody(alice: User) -> None:
    row, token = create_api_token(alice)
    User.objects.update(is_active=False)
    assert bearer_of(token) is None

    User.objects.update(is_active=True)
    row.delete()
    assert bearer_of(token) is None


def test_the_last_use_is_noted_once_a_minute(alice: User) -> None:
    _, token = create_api_token(alice)
    bearer_of(token)
    first = ApiToken.objects.get().last_used_at
    bearer_of(token)
    assert ApiToken.objects.get().last_used_at == first

    ApiToken.objects.update(last_used_at=timezone.now() - timedelta(seconds=61))
    bearer_of(token)
    assert ApiToken.objects.get().last_used_at > timezone.now() - timedelta(seconds=30)
