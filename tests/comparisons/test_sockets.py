"""Seats of open sockets: counted by person, and taken away from whoever has lost the right to theirs."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.contrib.auth import get_user_model
from django.db import connections

from compare_site.accounts.tokens import create_api_token
from compare_site.comparisons import sockets
from compare_site.comparisons.access import Principal, ShareGrant
from compare_site.comparisons.models import Comparison
from compare_site.sharing.actions import create_share, revoke_share
from compare_site.sharing.links import grant_of
from tests.clients.until import until
from tests.comparisons.driving import no_database

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


class Door:
    """A socket that can be closed."""

    def __init__(self, *, broken: bool = False) -> None:
        self.codes: list[int] = []
        self.broken = broken

    async def close(self, code: int) -> None:
        self.codes.append(code)
        if self.broken:
            raise RuntimeError("it went away at this very moment")


@pytest_asyncio.fixture(autouse=True)
async def watch(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """A quick one, which ends with the test."""
    monkeypatch.setattr(sockets, "WATCH_SECONDS", 0.02)
    sockets._seats.clear()
    yield
    sockets._seats.clear()
    task = sockets._watches.pop(id(asyncio.get_running_loop()), None)
    if task is not None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await sync_to_async(connections.close_all)()


def seat(principal: Principal, **options: Any) -> Door:
    door = Door(**options)
    assert sockets.take_seat(principal, door.close) is not None
    return door


async def test_seats_are_counted_by_person_and_by_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "WATCH_SECONDS", 600)
    monkeypatch.setattr(sockets, "MOST_PER_PERSON", 2)
    tab, script = Principal(user_id=1, session_key="s"), Principal(user_id=1, token_id=5)
    first = sockets.take_seat(tab, Door().close)
    assert first is not None
    assert sockets.take_seat(script, Door().close) is not None
    assert sockets.take_seat(tab, Door().close) is None
    assert sockets.take_seat(Principal(user_id=2), Door().close) is not None
    one, other = (Principal(grants=(ShareGrant(name, "c"),)) for name in "ab")
    for guest in (one, one, other):
        assert sockets.take_seat(guest, Door().close) is not None
    assert sockets.take_seat(one, Door().close) is None
    first.leave()
    first.leave()
    assert sockets.take_seat(tab, Door().close) is not None


async def test_a_link_has_places_for_many_addresses_and_one_address_takes_not_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sockets, "WATCH_SECONDS", 600)
    monkeypatch.setattr(sockets, "MOST_PER_PERSON", 2)
    monkeypatch.setattr(sockets, "MOST_PER_LINK", 5)
    guest, other = (Principal(grants=(ShareGrant(name, "c"),)) for name in "ab")
    teammate = Principal(user_id=1, grants=guest.grants)
    got = [sockets.take_seat(guest, Door().close, address) is not None for address in "111223344"]
    assert got == [True, True, False, True, True, True, False, False, False]
    assert sockets.take_seat(teammate, Door().close, "1") is not None, "whoever is signed in has places of their own"
    assert sockets.take_seat(other, Door().close, "1") is not None, "and so has another link"


async def test_who_is_switched_off_loses_the_seat_and_others_keep_theirs(owner: Any, stranger: Any) -> None:
    theirs, others = seat(Principal(user_id=owner.pk)), seat(Principal(user_id=stranger.pk))
    await database_sync_to_async(get_user_model().objects.filter(pk=owner.pk).update)(is_active=False)
    await until(lambda: theirs.codes)
    assert theirs.codes == [sockets.ENDED] == [4403]
    assert others.codes == []
    assert len(sockets._seats) == 1


async def test_a_revoked_token_or_share_loses_the_seat(owner: Any) -> None:
    def rows() -> tuple[Any, Any]:
        comparison = Comparison.objects.create(owner=owner)
        return create_api_token(owner)[0], create_share(comparison, owner.pk)[0]

    token, share = await database_sync_to_async(rows)()
    script = seat(Principal(user_id=owner.pk, token_id=token.pk))
    guest = seat(Principal(grants=(grant_of(share),)))
    stays = seat(Principal(user_id=owner.pk, token_id=(await database_sync_to_async(create_api_token)(owner))[0].pk))
    await database_sync_to_async(token.delete)()
    await until(lambda: script.codes)
    assert guest.codes == []
    await database_sync_to_async(revoke_share)(share)
    await until(lambda: guest.codes)
    assert stays.codes == []


async def test_a_socket_that_cannot_be_closed_keeps_no_other_open(owner: Any) -> None:
    doors = [seat(Principal(user_id=owner.pk), broken=number % 2 == 0) for number in range(4)]
    await database_sync_to_async(get_user_model().objects.filter(pk=owner.pk).update)(is_active=False)
    await until(lambda: all(door.codes for door in doors))
    assert [door.codes for door in doors] == [[4403]] * 4


async def test_the_watch_goes_on_when_the_database_is_back(owner: Any, caplog: pytest.LogCaptureFixture) -> None:
    door = seat(Principal(user_id=owner.pk))
    with no_database():
        await sync_to_async(connections.close_all)()
        await until(lambda: "cannot ask who is still signed in" in caplog.text)
    await database_sync_to_async(get_user_model().objects.filter(pk=owner.pk).update)(is_active=False)
    await until(lambda: door.codes)


async def test_a_watch_that_was_ended_starts_again_with_the_next_seat(owner: Any) -> None:
    seat(Principal(user_id=owner.pk))
    first = sockets._watches[id(asyncio.get_running_loop())]
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    seat(Principal(user_id=owner.pk))
    assert sockets._watches[id(asyncio.get_running_loop())] is not first
