"""The two commands, as programs see them: what is on stdout, and the exit code."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from compare_site.accounts.models import User
from compare_site.accounts.tokens import bearer_of


def test_signin_link_prints_one_address_that_works(
    client: Client, alice: User, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", "4321")
    call_command("signin_link", "alice")
    out = capsys.readouterr().out

    assert out.startswith("http://127.0.0.1:4321/accounts/link/")
    assert out.count("\n") == 1
    assert client.post(out.strip().removeprefix("http://127.0.0.1:4321")).status_code == 302
    assert client.get("/private/").content == b"alice"


def test_api_token_prints_a_new_token_alone_each_time(alice: User, capsys: Any) -> None:
    tokens = []
    for _ in range(2):
        call_command("api_token", "alice")
        tokens.append(capsys.readouterr().out)

    assert tokens[0] != tokens[1]
    for token in tokens:
        bearer = bearer_of(token.removesuffix("\n"))
        assert bearer is not None
        assert bearer.user_id == alice.pk


@pytest.mark.parametrize("name", ["signin_link", "api_token"])
def test_an_unknown_user_is_an_error_with_a_sentence(db: None, capsys: Any, name: str) -> None:
    with pytest.raises(CommandError, match=r"There is no user .nobody.\. Add --create") as raised:
        call_command(name, "nobody")

    assert raised.value.returncode == 1
    assert capsys.readouterr().out == ""
    assert not User.objects.exists()


def test_a_link_can_make_an_administrator_but_nobody_becomes_one_by_it(alice: User, capsys: Any) -> None:
    """An installation that ``up`` did not make has no administrator yet."""
    call_command("signin_link", "first", "--create", "--administrator")
    call_command("signin_link", "alice", "--create", "--administrator")
    first = User.objects.get(username="first")
    alice.refresh_from_db()

    assert (first.is_staff, first.is_superuser, first.has_usable_password()) == (True, True, False)
    assert (alice.is_staff, alice.is_superuser) == (False, False)


@pytest.mark.parametrize("name", ["signin_link", "api_token"])
def test_create_makes_a_member(db: None, capsys: Any, name: str) -> None:
    call_command(name, "new", "--create")
    user = User.objects.get(username="new")

    assert capsys.readouterr().out
    assert (user.is_staff, user.is_superuser, user.has_usable_password()) == (False, False, False)
