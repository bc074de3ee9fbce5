"""Somebody else's ids, and ids of the wrong kind, at every place that takes an id."""

import json
from itertools import product
from typing import Any

import pytest
from django.test import Client

from compare_site.comparisons import snapshot
from compare_site.comparisons.models import Comparison
from tests.security.matrix.inventory import Operation, document, operations
from tests.security.matrix.people import CANARY, Household, World
from tests.security.matrix.policy import BODIES
from tests.security.matrix.probes import body_of, digest, send, undone, writes

pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.usefixtures("valkey")]
NO_IDS = (
    "0" * 32,
    "1",
    "f" * 31,
    "F" * 32,
    "none",
    "*",
    "%00",
    "%2e%2e",
    "%F0%9F%A6%8A",
    "1%20OR%201=1",
    "%27%20OR%20%27%27=%27",
    "%27;DROP%20TABLE%20comparisons_run;--",
    "{}",
    "[object Object]".replace(" ", "%20"),
    "a" * 5000,
)


def with_parameters() -> list[Operation]:
    return [operation for operation in operations() if operation.parameters]


@pytest.mark.parametrize("actor", ["stranger", "stranger_token", "admin"])
def test_foreign_ids_of_every_kind_in_every_address(everybody: World, actor: str) -> None:
    before, asked, client = digest(), 0, everybody.client(actor)
    for turn, (operation, foreign) in enumerate(product(with_parameters(), everybody.own.ids.values())):
        if actor != "stranger" and turn % 3:
            continue  # they differ in how they show who they are: of the kinds of ids each has its turn
        path = operation.path(dict.fromkeys(operation.parameters, foreign))
        response = send(client, operation.method, path, BODIES.get(str(operation), {}))
        assert response.status_code == 404, (operation, path)
        assert CANARY.encode() not in response.getvalue()
        asked += 1
        if foreign == everybody.own.ids["column_id"]:
            assert digest() == before, operation
    assert digest() == before
    print(f"\n{actor}: {asked} foreign ids in addresses")
    assert asked >= 50


@pytest.mark.parametrize("actor", ["viewer", "teammate"])
def test_a_share_of_one_comparison_opens_nothing_of_another(everybody: World, actor: str) -> None:
    before, word = digest(), everybody.other.column.model.encode()
    ids = everybody.other.ids
    for operation in with_parameters():
        response = send(everybody.client(actor), operation.method, operation.path(ids), BODIES.get(str(operation), {}))
        right = {404} if actor == "teammate" or operation.method == "GET" else {401}
        assert response.status_code in right, (operation, response.status_code)
        assert word not in body_of(response), operation
    assert everybody.client(actor).get(f"/c/{ids['comparison_id']}/").status_code == 404
    assert digest() == before


def test_own_ids_of_the_wrong_kind_and_no_ids_at_all(everybody: World) -> None:
    before, own = digest(), everybody.own.ids
    for turn, operation in enumerate(with_parameters()):
        (parameter,) = operation.parameters
        others = [value for name, value in own.items() if name != parameter]
        # Of what is no id at all a third, in turn: the same few converters read all addresses.
        for value in (*others, *NO_IDS[turn % 3 :: 3]):
            path = operation.path({parameter: value})
            response = send(everybody.client("owner"), operation.method, path, BODIES.get(str(operation), {}))
            assert response.status_code == 404, (operation, path, response.status_code)
    assert digest() == before


def test_what_is_foreign_looks_like_what_is_not_there(everybody: World) -> None:
    client = everybody.client("stranger")
    for operation in with_parameters():
        answers = []
        for value in (everybody.own.ids[operation.parameters[0]], "0" * 32):
            with undone():
                path = operation.path({operation.parameters[0]: value})
                response = send(client, operation.method, path, BODIES.get(str(operation), {}))
                answers.append((response.status_code, response.getvalue(), sorted(response.headers.items())))
        assert answers[0] == answers[1], operation


def properties_of(operation: Operation) -> list[str]:
    """The names of all fields that the body of an operation may have."""
    body = document()["paths"][operation.pattern][operation.method.lower()].get("requestBody")
    if body is None:
        return []
    found: set[str] = set()
    waiting = [body["content"]["application/json"]["schema"]]
    while waiting:
        schema = waiting.pop()
        if "$ref" in schema:
            waiting.append(document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
        waiting += [*schema.get("anyOf", ()), *schema.get("allOf", ())]
        found.update(schema.get("properties", {}))
    return sorted(found)


def everything_of(household: Household) -> str:
    comparison = Comparison.objects.get(pk=household.comparison.pk)
    rows = [snapshot.state_of(comparison), list(comparison.shares.values()), str(comparison.updated_at)]
    return json.dumps(rows, default=str, sort_keys=True)


def test_foreign_ids_in_every_field_of_every_body(everybody: World) -> None:
    """Own parent, foreign child: the address is the stranger's own, what the body names is not."""
    before, asked = everything_of(everybody.own), 0
    for operation in operations():
        for name, (kind, foreign) in product(properties_of(operation), everybody.own.ids.items()):
            # As one and as the only one of a list, in turn: each kind of id in both forms over the fields.
            for value in (foreign,) if (len(name) + len(kind)) % 2 else ([foreign],):
                body = {**BODIES.get(str(operation), {}), name: value}
                if name == "chosen":
                    body["history"] = "chosen"
                with undone():
                    path = operation.path(everybody.other.ids)
                    with writes() as written:
                        response = send(everybody.client("stranger"), operation.method, path, body)
                    assert response.status_code < 500, (operation, body)
                    assert CANARY.encode() not in response.getvalue(), (operation, body)
                    if name in {"parent", "chosen"}:
                        assert response.status_code == 422, (operation, body)
                    assert not written.some or everything_of(everybody.own) == before, (operation, body)
                asked += 1
    print(f"\n{asked} foreign ids in bodies")
    assert asked >= 200


def test_a_submit_key_is_each_persons_own(everybody: World) -> None:
    body = json.dumps(BODIES["POST /api/v1/comparisons"])

    def start(client: Client) -> Any:
        headers = {"Idempotency-Key": "the same"}
        return client.post("/api/v1/comparisons", body, content_type="application/json", headers=headers)

    mine, again = start(everybody.client("owner")), start(everybody.client("owner"))
    theirs = start(everybody.client("stranger"))
    assert mine.status_code == again.status_code == theirs.status_code == 201
    assert mine.json()["id"] == again.json()["id"] != theirs.json()["id"]


def test_lists_and_searches_show_nothing_foreign(everybody: World) -> None:
    """Also with the cursor that somebody else was given, and in the page of the history."""
    owner, stranger = everybody.client("owner"), everybody.client("stranger")
    for _ in range(60):
        Comparison.objects.create(owner=everybody.own.user, title=CANARY, search_text=CANARY.casefold())
    cursor = owner.get("/api/v1/comparisons").json()["next"]
    assert cursor
    for query in (
        {},
        {"cursor": cursor},
        {"q": CANARY},
        {"tag": CANARY},
        {"model": everybody.own.column.model},
        {"q": "%"},
        {"q": "' OR 1=1 --"},
    ):
        for path in ("/api/v1/comparisons", "/history/"):
            for actor in ("stranger", "stranger_token", "admin", "viewer"):
                response = everybody.client(actor).get(path, query)
                shown = response.getvalue().decode()
                told = CANARY in str(query) and path == "/history/"
                assert everybody.own.comparison.pk not in shown, (actor, path, query)
                assert CANARY not in shown or told, (actor, path, query)
    assert CANARY in owner.get("/api/v1/comparisons", {"q": CANARY}).content.decode()
    assert stranger.get("/api/v1/comparisons").json()["items"]
