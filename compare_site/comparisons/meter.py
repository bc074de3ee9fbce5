"""The meter of a worker: it follows what running answers cost, and stops those that pass a spend limit.

Twice a second it writes the costs of its own runs into the ledger and reads the sums of all workers. What the running
columns cost in that half second may be overspent.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from django.db import Error as DatabaseError
from django.db import connections

from compare_site.comparisons import estimates, ledger
from compare_site.comparisons.bills import prices_of
from compare_site.comparisons.jobs import Job, patiently
from compare_site.comparisons.journal_writer import Channel
from compare_site.comparisons.ledger import Limits, Passed, Place
from compare_site.comparisons.models import SpendEntry
from compare_site.comparisons.worker_loop import WorkerLoop
from providers.contract.errors import SetupError
from providers.contract.grouping import Group, Option
from providers.contract.resolved import Target

log = logging.getLogger(__name__)
TICK = 0.5


@dataclass(slots=True)
class Watched:
    """One running answer. ``told``: the target that its ledger entry names, by whose prices it is counted."""

    job: Job
    channel: Channel
    task: "asyncio.Task[Any]"
    told: Target | None
    input_tokens: int | None = None
    prices: dict[str, str] | None = None


class Note(NamedTuple):
    """What one tick writes about a run. ``moved``: new fields of its entry, if another deployment is asked now."""

    run_id: str
    place: Place
    amount: Decimal | None
    moved: dict[str, Any] | None


def admit(jobs: list[Job]) -> Callable[[], None]:
    """Check the spend limits before anything is sent; a run past one gets an error as its target.

    With limits, ledger entries are written first, so that turns which begin together see each other's. Without limits
    nothing has to wait for them: returns the function that writes them once the requests are on their way.
    """
    held = patiently(ledger.limits)
    if not held.rows:
        return partial(_open_late, jobs)
    able = [job for job in jobs if not isinstance(job.target, SetupError)]
    patiently(lambda: open_books(able))
    found = patiently(lambda: ledger.passed([_place(job, _target_of(job)) for job in able], held))
    for job, limit in zip(able, found, strict=True):
        if limit is not None:
            job.target = SetupError("spend_limit", limit.message)
        elif isinstance(job.target, Group):
            job.target = patiently(partial(_affordable, job, job.target, held))
    return _nothing


def _affordable(job: Job, group: Group, held: Limits) -> Group:
    """The group with errors for deployments whose key or provider may spend no more. A tick would notice too late:
    short answers end before it."""
    options = tuple(_option(job, option, held) for option in group.options)
    fallbacks = tuple(_affordable(job, each, held) for each in group.fallbacks)
    return replace(group, options=options, fallbacks=fallbacks)


def _option(job: Job, option: Option, held: Limits) -> Option:
    if not isinstance(option.target, Target):
        return option
    (limit,) = ledger.passed([_place(job, option.target)], held)
    return option if limit is None else replace(option, target=SetupError("spend_limit", limit.message))


def _nothing() -> None:
    """The entries are written already."""


def _open_late(jobs: list[Job]) -> None:
    try:
        open_books(jobs)
    except Exception as error:
        # No answer is lost for its entry: ``ledger.close`` writes it at the end of the run.
        log.error("the books of %d runs are opened at their end: %s", len(jobs), type(error).__name__)
    finally:
        # This thread needs no database connection until the answer has come.
        connections.close_all()


def open_books(jobs: list[Job]) -> None:
    """Write a ledger entry for each run, with what its request alone costs."""
    entries = [_entry(job) for job in jobs if not isinstance(job.target, SetupError)]
    if entries:
        ledger.open_entries(entries)
        ledger.drop_ended(entry.run_id for entry in entries)


def _target_of(job: Job) -> Target | None:
    """The target of a run; of a group the deployment that is asked now, None until one is."""
    return job.asked or (job.target if isinstance(job.target, Target) else None)


def _place(job: Job, target: Target | None) -> Place:
    run = job.run
    owner = run.comparison.owner_id
    if target is None:
        return Place(owner, run.comparison_id)
    return Place(owner, run.comparison_id, target.key_pk, target.spec.slug)


def _entry(job: Job) -> SpendEntry:
    target = _target_of(job)
    place, prices = _place(job, target), prices_of(target)
    told = estimates.tokens_of_request(job.ask.request if job.ask is not None else None)
    return SpendEntry(
        run_id=job.run.pk,
        comparison_id=place.comparison_id,
        user_id=place.user_id,
        day=ledger.today(),
        model=job.run.model,
        provider=place.provider or job.run.model.partition("/")[0][:63],
        api_key_id=place.api_key,
        prices=prices,
        input_tokens=told,
        amount=estimates.price(prices, told, 0),
        source="estimated" if prices else "",
    )


class Meter:
    """Watches the runs of one worker process. Lives in its event loop; the ledger is written in a thread."""

    def __init__(self, worker: WorkerLoop) -> None:
        self._worker = worker
        self._watched: dict[str, Watched] = {}
        self._beating = False

    def watch(self, job: Job, channel: Channel, task: "asyncio.Task[Any]") -> None:
        """Watch this run until ``task`` ends."""
        watched = self._watched[job.run.pk] = Watched(job, channel, task, _target_of(job))
        task.add_done_callback(lambda _: self._leave(job.run.pk, watched))
        if not self._beating:
            self._beating = True
            self._worker.keep(self._beat())

    def _leave(self, run_id: str, watched: Watched) -> None:
        if self._watched.get(run_id) is watched:
            del self._watched[run_id]

    async def _beat(self) -> None:
        try:
            while self._watched:
                await asyncio.sleep(TICK)
                notes = [_note(each) for each in self._watched.values()]
                self._stop(await asyncio.to_thread(_written, notes))
        except Exception:
            # A bug here must cost no answer; the next run starts the meter again.
            log.exception("the meter stopped")
        finally:
            self._beating = False

    def _stop(self, found: dict[str, Passed]) -> None:
        for run_id, limit in found.items():
            watched = self._watched.get(run_id)
            if watched is not None and not watched.job.ending and watched.job.over is None:
                watched.job.over = SetupError("spend_limit", limit.message)
                watched.task.cancel()


def _note(watched: Watched) -> Note:
    job, target = watched.job, _target_of(watched.job)
    moved = target is not None and target is not watched.told
    if moved or watched.input_tokens is None:
        watched.told, watched.prices = target, prices_of(target)
        watched.input_tokens = estimates.tokens_of_request(job.ask.request if job.ask is not None else None)
    place = _place(job, target)
    amount = estimates.so_far(watched.prices, watched.input_tokens, watched.channel.fold)
    where = {"provider": place.provider, "api_key_id": place.api_key}
    fields = {**where, "prices": watched.prices, "input_tokens": watched.input_tokens}
    return Note(job.run.pk, place, amount, fields if moved else None)


def _written(notes: list[Note]) -> dict[str, Passed]:
    """In a thread: write the notes; return the runs that have to stop. If the database is away, the next tick asks."""
    try:
        for note in notes:
            if note.moved is not None:
                ledger.move(note.run_id, **note.moved)
        held = ledger.limits()
        if not held.rows:
            return {}
        ledger.note_amounts({note.run_id: note.amount for note in notes if note.amount is not None})
        found = ledger.passed([note.place for note in notes], held)
        return {note.run_id: limit for note, limit in zip(notes, found, strict=True) if limit is not None}
    except DatabaseError as error:
        log.warning("the meter could not read the books: %s", type(error).__name__)
        return {}
    finally:
        connections.close_all()


_meters: "WeakKeyDictionary[WorkerLoop, Meter]" = WeakKeyDictionary()


def meter_of(worker: WorkerLoop) -> Meter:
    """The meter of this worker. Call it in its loop."""
    meter = _meters.get(worker)
    if meter is None:
        meter = _meters[worker] = Meter(worker)
    return meter
