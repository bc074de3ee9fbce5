"""Many links that end while frames flow through them: how long after its end does each still bring one?"""

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.security.live import Live

KINDS = ("revoked", "expired", "deleted", "owner disabled", "password changed")
MAKE = """
from django.contrib.auth import get_user_model
from compare_site.comparisons.models import Comparison
from compare_site.sharing.actions import ShareOptions, create_share
from compare_site.sharing.cookies import name_of
from compare_site.sharing.links import cookie_secret
import uuid
said = []
for kind in {kinds!r}:
    owner = None
    for _ in range({each}):
        if owner is None or kind == "owner disabled":
            owner = get_user_model().objects.create(username=uuid.uuid4().hex)
        comparison = Comparison.objects.create(owner=owner, title="watched", settled=True)
        options = {{"password": "a long password"}} if kind == "password changed" else {{}}
        share, _token = create_share(comparison, owner.pk, ShareOptions.model_validate(options))
        said.append({{"kind": kind, "comparison": comparison.pk, "share": share.pk,
            "cookie": name_of(share.pk) + "=" + cookie_secret(share)}})
"""
TICK = """
import json, random, time
from django.contrib.auth import get_user_model
from django.utils import timezone
from compare_site import valkey
from compare_site.comparisons import journal, keeping, trash
from compare_site.comparisons.models import Comparison
from compare_site.sharing.actions import ShareChange, change_share, revoke_share
from compare_site.sharing.models import Share

client, items, ended, gone = valkey.sync_client(), {items!r}, {{}}, set()
delta = json.dumps({{"type": "run.delta", "run": "r", "index": 0, "kind": "text", "text": "x", "at": 1.0}}).encode()

def tick():
    for item in items:
        if item["comparison"] not in gone:
            journal.append(client, item["comparison"], [journal.Part("r", 0, (delta,))])

tick()
said = ended
"""
END = (
    TICK
    + """
def end(item):
    share = Share.objects.select_related("comparison__owner").get(pk=item["share"])
    if item["kind"] == "revoked":
        revoke_share(share)
    elif item["kind"] == "expired":
        Share.objects.filter(pk=share.pk).update(expires_at=timezone.now())
    elif item["kind"] == "deleted":
        gone.add(share.comparison_id)
        trash.put_in(share.comparison_id)
        keeping.delete_for_good(share.comparison)
    elif item["kind"] == "owner disabled":
        get_user_model().objects.filter(pk=share.comparison.owner_id).update(is_active=False)
    else:
        change_share(share, ShareChange.model_validate({{"password": "another password"}}))

for item in random.Random(1).sample(items, len(items)):
    tick()
    end(item)
    ended[item["share"]] = time.monotonic()
until = time.monotonic() + {longest}
while time.monotonic() < until:
    tick()
    time.sleep(0.05)
said = ended
"""
)


@dataclass(slots=True)
class Ends:
    """What became of the sockets: by kind of end, seconds from the end to the last frame and to the close."""

    last_frame: dict[str, list[float]] = field(default_factory=dict)
    closed: dict[str, list[float]] = field(default_factory=dict)
    codes: set[int] = field(default_factory=set)
    still_open: int = 0

    def __str__(self) -> str:
        lines = []
        for kind, seconds in self.last_frame.items():
            ordered, closes = sorted(seconds), sorted(self.closed[kind])
            figures = f"p50 {ordered[len(ordered) // 2]:.2f} s, max {ordered[-1]:.2f} s"
            lines.append(f"{kind}: {len(seconds)} links, last frame {figures}; closed after at most {closes[-1]:.2f} s")
        return "\n".join(lines)


@dataclass(slots=True)
class Watcher:
    """One viewer: when it last heard something, and how it ended."""

    item: dict[str, Any]
    frames: int = 0
    heard: float = 0.0
    closed: float = 0.0
    code: int = 0

    async def watch(self, site: Live, ready: asyncio.Semaphore) -> None:
        """Until the server closes."""
        headers = {"Cookie": self.item["cookie"]}
        url = f"{site.url.replace('http', 'ws', 1)}/ws/comparisons/{self.item['comparison']}/"
        async with connect(url, origin=site.url, additional_headers=headers, open_timeout=30) as socket:  # type: ignore[arg-type]
            await socket.send(json.dumps({"type": "hello", "after": None}))
            await socket.recv()
            ready.release()
            try:
                while True:
                    await socket.recv()
                    self.frames += 1
                    self.heard = time.monotonic()
            except ConnectionClosed as error:
                self.closed = time.monotonic()
                self.code = error.rcvd.code if error.rcvd else 0


async def measure(site: Live, kinds: tuple[str, ...], each: int, longest: float = 5.0) -> Ends:
    """End ``each`` links of every kind while all of them are watched. The clock is the same in all processes."""
    items = await asyncio.to_thread(site.run, MAKE.format(kinds=kinds, each=each))
    watchers = [Watcher(item) for item in items]
    ready = asyncio.Semaphore(0)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(watcher.watch(site, ready)) for watcher in watchers]
        for _ in watchers:
            await ready.acquire()
        while not all(watcher.frames for watcher in watchers):
            await asyncio.to_thread(site.run, TICK.format(items=items))
        ended = await asyncio.to_thread(site.run, END.format(items=items, longest=longest))
        _, waiting = await asyncio.wait(tasks, timeout=1.0)
        for task in waiting:
            task.cancel()
    return _counted(watchers, ended, len(waiting))


def _counted(watchers: list[Watcher], ended: dict[str, float], still_open: int) -> Ends:
    ends = Ends(still_open=still_open, codes={watcher.code for watcher in watchers})
    for watcher in watchers:
        kind, since = watcher.item["kind"], ended[watcher.item["share"]]
        ends.last_frame.setdefault(kind, []).append(max(0.0, watcher.heard - since))
        ends.closed.setdefault(kind, []).append(max(0.0, watcher.closed - since))
    return ends
