"""Whether logins still hold."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from compare_site.accounts.models import User
from compare_site.accounts.sessions import ended_logins, live_sessions
from compare_site.accounts.tokens import create_api_token
from compare_site.comparisons import access
from compare_site.comparisons.access import Principal
from tests.accounts.conftest import PASSWORD

pytestmark = pytest.mark.database


@pytest.fixture
def key(client: Client, alice: User) -> str:
    client.force_login(alice)
    return str(client.session.session_key)


def test_a_login_holds(key: str, alice: User) -> None:
    assert live_sessions([key, "unknown"]) == {key}
    assert access.ended([Principal(user_id=alice.pk, session_key=key)]) == set()


def test_signing_out_ends_it(client: Client, key: str) -> None:
    client.post("/accounts/sign-out/")

    assert live_sessions([key]) == set()


def test_time_ends_it(key: str) -> None:
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))

    assert live_sessions([key]) == set()


def test_a_new_password_ends_it(key: str, alice: User) -> None:
    alice.set_password("another " + PASSWORD)
    alice.save()

    assert live_sessions([key]) == set()


@pytest.mark.parametrize("how", ["off", "deleted"])
def test_losing_the_user_ends_it(key: str, alice: User, how: str) -> None:
    principals = [Principal(user_id=alice.pk, session_key=key)]
    if how == "off":
        User.objects.update(is_active=False)
    else:
        alice.delete()

    assert live_sessions([key]) == set()
    assert access.ended(principals) == {0}


def test_a_session_of_nobody_is_no_login(client: Client, db: None) -> None:
    session = client.session
    session["x"] = 1
    session.save()

    assert live_sessions([str(session.session_key)]) == set()


def test_only_the_one_that_ended_is_named(client: Client, key: str, alice: User, boss: User) -> None:
    row, _ = create_api_token(boss)
    gone, _ = create_api_token(boss)
    principals = [
        Principal(user_id=alice.pk, session_key=key),
        Principal(user_id=boss.pk, token_id=gone.pk),
        Principal(user_id=boss.pk, token_id=row.pk),
        Principal(),
    ]
    gone.delete()

    assert ended_logins(principals) == {1}


def test_many_sockets_cost_few_queries(key: str, alice: User, django_assert_max_num_queries: object) -> None:
    row, _ = create_api_token(alice)
    many = [Principal(user_id=alice.pk, session_key=key), Principal(user_id=alice.pk, token_id=row.pk)] * 200
    with django_assert_max_num_queries(3):  # type: ignore[operator]
        assert ended_logins(many) == set()
