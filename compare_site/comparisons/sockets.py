"""Open sockets of this web process: how many a user has, and who lost the right to theirs.

Every few seconds all principals are asked about at once: a login that ended, a token or share that was revoked and a
disabled user lose their sockets within five seconds, however many viewers there are.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from channels.db import database_sync_to_async

from compare_site.comparisons import access
from compare_site.comparisons.access import Principal

log = logging.getLogger(__name__)
ENDED = 4403
MOST_PER_PERSON = 64
"""Of a signed-in person; of all who come to one link from one address without signing in."""
MOST_PER_LINK = 256
"""Of all who come to one link without signing in: whoever hands it around takes no places from the others."""
WATCH_SECONDS = 0.8
Close = Callable[[int], Awaitable[None]]
_seats: set["Seat"] = set()
_watches: dict[int, "asyncio.Task[None]"] = {}


@dataclass(eq=False, slots=True)
class Seat:
    """One open socket."""

    principal: Principal
    close: Close
    address: str = ""

    def leave(self) -> None:
        """The socket is closed."""
        _seats.discard(self)


def take_seat(principal: Principal, close: Close, address: str = "") -> Seat | None:
    """A seat for one more socket, None if this person or this link has too many. Call it in the event loop."""
    seat = Seat(principal, close, address)
    if not _room_for(seat):
        return None
    _seats.add(seat)
    loop = asyncio.get_running_loop()
    watch = _watches.get(id(loop))
    if watch is None or watch.done() or watch.get_loop() is not loop:
        _watches[id(loop)] = loop.create_task(_watch())
    return seat


def _room_for(new: Seat) -> bool:
    who = _who(new.principal)
    beside = [seat for seat in _seats if _who(seat.principal) == who]
    if new.principal.user_id is not None:
        return len(beside) < MOST_PER_PERSON
    near = sum(1 for seat in beside if seat.address == new.address)
    return len(beside) < MOST_PER_LINK and near < MOST_PER_PERSON


def _who(principal: Principal) -> object:
    if principal.user_id is not None:
        return principal.user_id
    return frozenset(grant.share_id for grant in principal.grants)


async def _watch() -> None:
    while True:
        await asyncio.sleep(WATCH_SECONDS)
        seats = list(_seats)
        try:
            gone = await database_sync_to_async(access.ended)([seat.principal for seat in seats]) if seats else ()
        except Exception as error:
            # Whatever it is: if this task ended, sockets would stay open after their rights have gone.
            log.error("cannot ask who is still signed in: %s", type(error).__name__)
            continue
        for index in gone:
            await _close(seats[index])


async def _close(seat: Seat) -> None:
    seat.leave()
    try:
        await seat.close(ENDED)
    except Exception as error:
        # It may be closing by itself at this very moment; the others must be closed all the same.
        log.warning("socket not closed: %s", type(error).__name__)
