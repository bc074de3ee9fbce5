"""Knocking: every door, every method, every actor, each in a transaction of its own that is rolled back."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from compare_site.hooks.models import Delivery, Event, Webhook
from providers.models import Provider
from tests.security.matrix.inventory import Operation, Route, operation_of, operations, routes, sockets
from tests.security.matrix.people import ACTORS, CANARY, LINKED, World, permit
from tests.security.matrix.policy import BODIES, CALLS, METHODS, PAGES, SOCKETS, Call, Page

MAY_CHANGE = {
    "sessions.Session",
    "accounts.BrowserSession",
    "axes.AccessAttempt",
    "axes.AccessLog",
    "axes.AccessFailureLog",
    "sharing.ShareVisit",
}
"""Rows that say who called, not what there is."""
WHO_CALLED = {"last_used_at", "views", "last_viewed_at"}
"""Columns of that kind."""


EVERY_METHOD = {"anonymous", "viewer", "owner_token", "stranger", "owner", "admin"}


@dataclass(slots=True)
class Findings:
    """What was asked, and what was wrong."""

    probes: int = 0
    wrong: list[str] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)

    def note(self, kind: str, right: bool, text: str) -> None:
        """One more probe."""
        self.probes += 1
        self.kinds[kind] += 1
        if not right:
            self.wrong.append(text)

    def __str__(self) -> str:
        parts = ", ".join(f"{count} {kind}" for kind, count in sorted(self.kinds.items()))
        return f"{self.probes} probes ({parts}): {len(self.wrong)} wrong"


def door_of(route: Route) -> str:
    """How the policy names a route."""
    return route.name if route.name and not route.pattern.startswith("/api/") else route.pattern


def unclassified(patterns: Iterable[Any] | None = None) -> list[str]:
    """Doors without a policy and policies without a door."""
    found = list(routes(patterns))
    pages = {door_of(route) for route in found if not route.pattern.startswith("/api/")}
    calls = {str(operation) for operation in operations()} | {call.door for call in _hidden(found)}
    paths = {operation_of(route) for route in found if route.pattern.startswith("/api/")}
    known_pages, known_calls = {page.door for page in PAGES}, {call.door for call in CALLS}
    problems = [f"no policy for the page {door}" for door in sorted(pages - known_pages)]
    problems += [f"no such page: {door}" for door in sorted(known_pages - pages)]
    problems += [f"no policy for the operation {door}" for door in sorted(calls - known_calls)]
    problems += [f"no such operation: {door}" for door in sorted(known_calls - calls)]
    served = {door.partition(" ")[2] for door in calls | known_calls}
    problems += [f"no operation for the address {path}" for path in sorted(paths - served)]
    problems += [f"no policy for the socket {door}" for door in sorted(set(sockets()) - set(SOCKETS))]
    problems += [f"no such socket: {door}" for door in sorted(set(SOCKETS) - set(sockets()))]
    return problems


def _hidden(found: Iterable[Route]) -> list[Call]:
    paths = {operation_of(route) for route in found}
    named = {str(operation) for operation in operations()}
    return [call for call in CALLS if call.door not in named and call.door.partition(" ")[2] in paths]


def digest() -> str:
    """Everything in the database but who called."""
    hasher = hashlib.sha256()
    for model in apps.get_models():
        if model._meta.label in MAY_CHANGE or not model._meta.managed:
            continue
        names = [column.attname for column in model._meta.concrete_fields if column.name not in WHO_CALLED]
        for row in model._base_manager.order_by("pk").values_list(*names):
            hasher.update(repr(row).encode())
    return hasher.hexdigest()


class writes:
    """Whether anything was written inside, but to the rows of MAY_CHANGE: most refusals need no look at all rows."""

    def __init__(self) -> None:
        self.some = False
        tables = {apps.get_model(label)._meta.db_table for label in MAY_CHANGE}
        self._exempt = tuple(f'"{table}"' for table in tables)

    def __enter__(self) -> "writes":
        self._wrapper = connection.execute_wrapper(self._look)
        self._wrapper.__enter__()
        return self

    def __exit__(self, *problem: Any) -> None:
        self._wrapper.__exit__(*problem)

    def _look(self, execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        words = str(sql).split(None, 3)
        if not words or words[0].upper() not in {"SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK"}:
            self.some = self.some or not any(word in self._exempt for word in words[1:3])
        return execute(sql, params, many, context)


def send(client: Client, method: str, path: str, body: Any = None) -> Any:
    """One request with a JSON body, or an empty form."""
    if body is not None:
        return client.generic(method, path, json.dumps(body), content_type="application/json")
    form = "application/x-www-form-urlencoded"
    return client.generic(method, path, "", content_type=form if method == "POST" else "application/octet-stream")


def body_of(response: Any) -> bytes:
    """Everything it says, a file that is sent piece by piece too."""
    if response.streaming and not hasattr(response, "pieces"):
        response.pieces = b"".join(response.streaming_content)
    return bytes(response.pieces if response.streaming else response.content)


class Knocker:
    """Knows everybody, collects findings."""

    def __init__(self, world: World, actors: Iterable[str] = ACTORS, *, thorough: bool = False) -> None:
        self.world = world
        self.actors = tuple(actors)
        self.thorough = thorough
        self.findings = Findings()
        self.rows = rows_of(world)
        self.before = digest()

    def pages(self, doors: str = "") -> Findings:
        """All routes outside the API; or those whose doors begin so."""
        policies = {page.door: page for page in PAGES}
        for turn, route in enumerate(routes()):
            if route.pattern.startswith("/api/") or not door_of(route).startswith(doors):
                continue
            page = policies[door_of(route)]
            # Before a door that no link opens they are all one and the same stranger.
            for actor in (each for each in self.actors if each not in LINKED or not page.is_admin):
                for method in METHODS if self.thorough else _methods(page, actor, turn):
                    self._page(route, page, actor, method)
        return self.findings

    def _page(self, route: Route, page: Page, actor: str, method: str) -> None:
        values = {**self.world.own.ids, **{name: self.rows.get(value, value) for name, value in page.leads.items()}}
        path, expected = route.path(values), page.expected(actor, method)
        with undone():
            if actor == "staff_with":
                permit(self.world.staff_with, page.permissions_of(method))
            with writes() as written:
                response = send(self.world.client(actor), method, path)
            said = f"{actor}: {method} {path} -> {response.status_code}"
            self.findings.note("pages", response.status_code in expected, f"{said}, expected {sorted(expected)}")
            if not page.passes(actor, method):
                self._silent(said, actor, response, written.some)

    def calls(self) -> Findings:
        """All operations of the API, and methods that an address does not have."""
        policies = {call.door: call for call in CALLS}
        for actor in self.actors:
            for operation in calls_of(actor, thorough=self.thorough):
                self._call(operation, policies.get(str(operation)), actor)
        return self.findings

    def _call(self, operation: Operation, call: Call | None, actor: str) -> None:
        with undone():
            path = operation.path(self.world.own.ids)
            with writes() as written:
                response = send(self.world.client(actor), operation.method, path, BODIES.get(str(operation), {}))
            said = f"{actor}: {operation.method} {path} -> {response.status_code}"
            expected = call.expected(actor) if call is not None else 405
            self.findings.note("calls", response.status_code == expected, f"{said}, expected {expected}")
            if call is None or not call.passes(actor):
                self._silent(said, actor, response, written.some)
            if actor not in {"owner", "owner_token", "viewer", "teammate"} and CANARY.encode() in body_of(response):
                self.findings.note("leaks", False, f"{said}: shows what the owner wrote")

    def _silent(self, said: str, actor: str, response: Any, written: bool) -> None:
        """A refusal says nothing of the owner's and leaves everything as it was."""
        if actor != "owner":
            self.findings.note("silences", CANARY.encode() not in body_of(response), f"{said}: shows the owner's text")
        if said.split(" ")[1] not in {"GET", "HEAD", "OPTIONS", "TRACE"} and actor != "staff_with":
            unchanged = not written or digest() == self.before
            self.findings.note("standstills", unchanged, f"{said}: changed something")


def calls_of(actor: str, *, thorough: bool = False) -> list[Operation]:
    """What ``actor`` asks of each address: every operation, and the methods that it does not have. Of those each has
    its turn where another actor of that kind asks for all.
    """
    known = {call.door for call in CALLS}
    found: list[Operation] = []
    for turn, path in enumerate(sorted({door.partition(" ")[2] for door in known})):
        there = [method for method in METHODS if f"{method} {path}" in known]
        rest = [method for method in METHODS if method not in there]
        if actor not in EVERY_METHOD and not thorough:
            rest = rest[turn % len(rest) :][:1]
        found += [Operation(method, path) for method in (*there, *rest)]
    return found


def _methods(page: Page, actor: str, turn: int) -> tuple[str, ...]:
    """Admin pages take long to render: those who see them are asked for the methods that differ. All methods by one
    actor of each kind; the others of that kind differ in how they show who they are, not in what they ask for.
    Before the admin's pages, which one check refuses, each of the other methods has its turn.
    """
    if page.is_admin and not page.passes(actor, "GET"):
        rest = tuple(method for method in METHODS if method not in {"GET", "POST"})
        return ("GET", "POST", rest[turn % len(rest)])
    return METHODS if actor in EVERY_METHOD and not page.is_admin else ("GET", "POST", "DELETE")


class undone:
    """Whatever happens inside is rolled back."""

    def __enter__(self) -> None:
        self._atomic = transaction.atomic()
        self._atomic.__enter__()

    def __exit__(self, *problem: Any) -> None:
        transaction.set_rollback(True)
        self._atomic.__exit__(*problem)


def rows_of(world: World) -> dict[str, str]:
    """The key of one row of every model that the admin shows."""
    assert get_resolver().url_patterns  # the admin finds its models when they are read
    Group.objects.get_or_create(name="a group")
    own = world.own
    provider = Provider.objects.get(slug="acme")
    hook, _made = Webhook.objects.get_or_create(name="a webhook", url="https://hooks.example/")
    sent = {"comparison": own.comparison, "event": Event.ENDED, "payload": {}, "due_at": timezone.now()}
    known = {
        "accounts.user": own.user,
        "accounts.apitoken": own.token,
        "sharing.share": own.share,
        "hooks.webhook": hook,
        "hooks.delivery": Delivery.objects.get_or_create(webhook=hook, defaults=sent)[0],
        "comparisons.comparison": own.comparison,
        "comparisons.run": own.run,
        "providers.provider": provider,
        "providers.chatmodel": provider.chat_models.first(),
        "providers.apikey": provider.api_keys.first(),
    }
    rows: dict[str, str] = {}
    for model in admin.site._registry:
        row = known.get(model._meta.label_lower) or model._base_manager.first()
        assert row is not None, f"the world of the matrix has no {model._meta.label}"
        rows[model._meta.label_lower] = str(row.pk)
    return rows


def all_doors() -> Iterator[str]:
    """Every door by the name that the policy has for it."""
    yield from (door_of(route) for route in routes() if not route.pattern.startswith("/api/"))
    yield from (str(operation) for operation in operations())
    yield from sockets()
