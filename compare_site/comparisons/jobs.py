"""What each claimed run needs before it can be driven: which target to ask, and the request. A few queries per turn.

Whatever goes wrong with one run ends only that run; a database that is away for a while only costs time.
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from django.db import InterfaceError, OperationalError, connections

from compare_site.comparisons.attachments import bytes_for, with_bytes
from compare_site.comparisons.fold import RunFold
from compare_site.comparisons.history_chain import (
    NO_PICTURES,
    NO_RESULTS,
    TurnLike,
    calls_dropped,
    chain_of,
    messages_of,
    pictures_before,
)
from compare_site.comparisons.models import Run, RunRecord, Turn
from compare_site.comparisons.requests import effective_request, settings_of
from compare_site.comparisons.structured import Method, with_method
from compare_site.comparisons.takeover import blank_fold
from compare_site.comparisons.transitions import Kept
from providers.contract.errors import ProviderError, SetupError
from providers.contract.grouping import Group
from providers.contract.messages import ChatRequest, Message
from providers.contract.resolved import Target
from providers.resolve import resolve_all

log = logging.getLogger(__name__)
RETRY_SECONDS = 0.25
OURS = "Touchstone failed while driving this run; the worker's log says why."
Way = Target | Group | SetupError
AskFor = Callable[[Target], "Ask"]
Ancestors = Sequence[tuple[TurnLike, list[dict[str, Any]]]]
Files = Mapping[str, str]
"""Uploaded files by id, as base64."""
T = TypeVar("T")
MEDIA = {"image": "image_input", "audio": "audio_input", "video": "video_input"}
NOT_TAKEN: Mapping[str, Callable[[], SetupError]] = {
    "image_input": lambda: SetupError("unsupported", "This model does not take image input. Nothing was sent."),
    "audio_input": lambda: SetupError("unsupported", "This model does not take audio input. Nothing was sent."),
    "video_input": lambda: SetupError("unsupported", "This model does not take video input. Nothing was sent."),
    "pdf_input": lambda: SetupError("unsupported", "This model does not take PDF files. Nothing was sent."),
}
"""Whole sentences, for they are translated where they are shown."""
PDF = "application/pdf"


class Ask(NamedTuple):
    """What one run asks. ``output``: the schema its answer must keep to, ``method``: how that is asked for.

    ``files``: uploaded files that are in it. ``dropped``: what is not, and why, as in a request report.
    """

    request: ChatRequest
    output: dict[str, Any] | None = None
    method: Method | None = None
    files: Files = MappingProxyType({})
    dropped: Mapping[str, str] = MappingProxyType({})


@dataclass(slots=True)
class Job:
    """One claimed run with all that the loop needs; ``target`` is an error if the run cannot even be tried.

    ``ask_for``: what this run asks of a target; raises SetupError. ``ask``: of the one that is asked now; ``used``: the
    keys of those that have failed before it, with the error.
    """

    run: Run
    target: Way
    ask_for: AskFor
    claimed_at: float
    waited_ms: float
    fold: RunFold
    ask: Ask | None = None
    asked: Target | None = None
    used: list[tuple[int, ProviderError | SetupError]] = field(default_factory=list)
    kept: Kept = field(default_factory=Kept)
    over: SetupError | None = None
    """The limit that its answer has reached while it came."""
    stopped: bool = False
    """Somebody pressed Stop, and left it to us to end it with what we have."""
    ending: bool = False
    """Its end is known and being written: it is too late to stop it."""
    on_waiting: Callable[[], None] = lambda: None
    """Called in the loop whenever the run begins to wait, for a rate limit or a retry, or waits no longer."""

    def at(self) -> float:
        """Milliseconds since the run was queued."""
        return round(self.waited_ms + (time.monotonic() - self.claimed_at) * 1000, 1)


def prepare(rows: Sequence[Run]) -> list[Job]:
    """Gather what each run needs, right after they were claimed."""
    claimed_at = time.monotonic()
    try:
        needs = patiently(lambda: _gather(rows))
    except Exception as error:
        # They are claimed: without a job nobody would end them. As jobs without a target they end with this error.
        log.error("runs not prepared: %s", type(error).__name__)
        needs = {run.pk: (SetupError("server", OURS), (), {}) for run in rows}
    return [_job(run, *needs[run.pk], claimed_at) for run in rows]


def _job(run: Run, target: Way, ancestors: Ancestors, files: Files, claimed_at: float) -> Job:
    """What one model is asked is made here, beside the loop; what members of a group are asked, when it is their turn.

    A run whose stored settings make no request (any more) ends by itself, and alone.
    """
    waited = run.waited.total_seconds() * 1000  # type: ignore[attr-defined]
    job = Job(run, target, partial(_ask_for, run, ancestors, files), claimed_at, max(waited, 0.0), blank_fold(run))
    if isinstance(target, Target):
        try:
            job.ask = job.ask_for(target)
        except SetupError as error:
            job.target = error
    return job


def patiently(action: Callable[[], T]) -> T:
    """``action`` in this thread, again and again while the database is away. It must be safe to repeat."""
    while True:
        try:
            return action()
        except (OperationalError, InterfaceError) as error:
            log.warning("waiting for the database: %s", type(error).__name__)
            time.sleep(RETRY_SECONDS)
        finally:
            connections.close_all()


def _gather(rows: Sequence[Run]) -> dict[str, tuple[Way, Ancestors, Files]]:
    keys = {run.pk: (run.model, run.column.overrides.get("protocol", "auto")) for run in rows}
    targets = resolve_all(set(keys.values()))
    histories = histories_of(rows)
    said = [run.turn.messages for run in rows] + [turn.messages for each in histories.values() for turn, _ in each]
    files = bytes_for({run.comparison_id for run in rows}, said)
    return {run.pk: (targets[keys[run.pk]], histories[run.pk], files) for run in rows}


def _ask_for(run: Run, ancestors: Ancestors, files: Files, target: Target) -> Ask:
    """Needs no database."""
    try:
        return _ask(run, target, ancestors, files)
    except (ValueError, TypeError, KeyError) as error:
        log.error("run %s has no usable request: %s", run.pk, type(error).__name__)
        raise SetupError("bad_request", "The stored settings of this column make no valid request.") from None


def _ask(run: Run, target: Target, ancestors: Ancestors, files: Files) -> Ask:
    comparison, turn = run.comparison, run.turn
    system = turn.system if turn.system is not None else run.column.overrides.get("system", comparison.system)
    sees = target.capabilities.get("image_input") is not False
    messages = messages_of(system or "", ancestors, turn, sees)
    dropped = {} if sees or not pictures_before(ancestors, turn) else {**NO_PICTURES}
    dropped |= NO_RESULTS if calls_dropped(ancestors, turn) else {}
    check_media(messages, target.capabilities)
    messages = with_bytes(messages, files)
    ids = {"comparison": comparison.pk, "column": run.column_id, "turn": turn.pk, "run": run.pk}
    overrides = run.column.overrides
    request = effective_request(target.model_id, messages, comparison.settings, overrides, ids)
    request, method = with_method(request, target.capabilities)
    return Ask(request, settings_of(comparison.settings, run.column.overrides).get("output"), method, files, dropped)


def check_media(messages: Iterable[Message], capabilities: Mapping[str, bool]) -> None:
    """Refuse what the model is known not to take, before anything is sent. Raises SetupError ``unsupported``."""
    for block in (block for message in messages for block in message.content):
        data = block.data or {}
        pdf = block.kind == "file" and data.get("media_type", PDF) == PDF
        capability = "pdf_input" if pdf else MEDIA.get(block.kind)
        if capability and capabilities.get(capability) is False:
            raise NOT_TAKEN[capability]()


def histories_of(rows: Iterable[Run]) -> Mapping[str, Ancestors]:
    """For each run the turns and answers that it continues, oldest first."""
    heirs = [run for run in rows if run.parent_id is not None]
    comparisons = {run.comparison_id for run in heirs}
    known = Run.objects.filter(comparison_id__in=comparisons).values_list("pk", "parent_id", "turn_id")
    links = {pk: (parent, turn) for pk, parent, turn in known} if heirs else {}
    chains = {run.pk: chain_of(run.parent_id, {pk: parent for pk, (parent, _) in links.items()}) for run in heirs}
    wanted = {pk for chain in chains.values() for pk in chain}
    turns = Turn.objects.in_bulk({links[pk][1] for pk in wanted}) if wanted else {}
    contents = dict(RunRecord.objects.filter(pk__in=wanted).values_list("pk", "state__content")) if wanted else {}
    return {run.pk: [(turns[links[pk][1]], contents.get(pk) or []) for pk in chains.get(run.pk, ())] for run in rows}
