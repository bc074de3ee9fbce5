"""Generated nonsense at every operation of the API and at the socket's messages: never 5xx, never a broken promise."""

import json
from collections import Counter
from contextlib import suppress
from typing import Any

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from compare_site.comparisons.consumers import MESSAGE
from tests.fuzzing import examples
from tests.security.matrix.inventory import Operation, document, operations
from tests.security.matrix.people import CANARY, World
from tests.security.matrix.policy import BODIES
from tests.security.matrix.probes import undone

pytestmark = [pytest.mark.slow, pytest.mark.hypothesis, pytest.mark.django_db, pytest.mark.usefixtures("valkey")]
EXAMPLES = examples(40)
FEW = max(EXAMPLES // 5, 2)
"""For what takes no body, and should not look at one."""
fuzz = settings(max_examples=EXAMPLES)

letters = st.text(max_size=12)
numbers = st.one_of(st.integers(), st.floats(), st.sampled_from([0, -1, 2**31, 2**63, 2**64, 10**400, 1e308]))
odd = st.sampled_from(["\x00", "\ud800", "' OR 1=1", "\u202e"])
leaves = st.one_of(st.none(), st.booleans(), numbers, letters, odd)
KINDS = ("application/json", "text/plain", "application/json; charset=utf-16", "", "multipart/form-data", "a/b;c=d")
MESSAGES = {"type": "object", "properties": {"type": {"enum": ["hello", "ack"]}, "seq": {}, "after": {}}}


def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Lists and objects of ``inner``."""
    return st.one_of(st.lists(inner, max_size=3), st.dictionaries(letters, inner, max_size=3))


anything = st.recursive(leaves, nested, max_leaves=8)


def schema_of(operation: Operation) -> dict[str, Any] | None:
    """The schema of the operation's body."""
    body = document()["paths"][operation.pattern][operation.method.lower()]
    content = body.get("requestBody", {}).get("content", {}).get("application/json")
    return content["schema"] if content else None


def like(schema: dict[str, Any], depth: int = 0) -> st.SearchStrategy[Any]:
    """Values that fit the schema, or nearly."""
    if "$ref" in schema:
        parts = document()["components"]["schemas"]
        return like(parts[schema["$ref"].rpartition("/")[2]], depth)
    if depth > 5:
        return leaves
    if "const" in schema or "enum" in schema:
        return st.one_of(st.sampled_from(schema.get("enum", [schema.get("const")])), leaves)
    if choices := schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf"):
        return st.one_of(*(like(choice, depth + 1) for choice in choices), leaves)
    kind = schema.get("type")
    if kind == "object" and "properties" in schema:
        fields = {name: like(part, depth + 1) for name, part in schema["properties"].items()}
        needed = {name: value for name, value in fields.items() if name in schema.get("required", ())}
        rest = {name: value for name, value in fields.items() if name not in needed}
        return st.one_of(st.fixed_dictionaries(needed, optional=rest), st.dictionaries(letters, leaves, max_size=2))
    simple: dict[Any, st.SearchStrategy[Any]] = {
        "object": st.dictionaries(letters, anything, max_size=3),
        "array": st.lists(like(schema.get("items", {}), depth + 1), max_size=4),
        "string": st.one_of(letters, leaves),
        "integer": numbers,
        "number": numbers,
        "boolean": st.one_of(st.booleans(), leaves),
    }
    return simple.get(kind, anything)


def encoded(value: Any) -> bytes:
    """As JSON; what UTF-8 cannot hold is escaped, NaN stays as Python writes it."""
    return json.dumps(value).encode()


def check(response: Any, said: Any) -> None:
    assert response.status_code < 500, (said, response.getvalue()[:300])
    assert response.status_code != 400 or b"error" in response.getvalue()
    if response.status_code >= 400:
        error = json.loads(response.getvalue())["error"]
        assert set(error) == {"code", "message", "details"}, error
    assert CANARY.encode() not in response.getvalue()


@pytest.mark.parametrize("operation", operations(), ids=str)
def test_bodies_that_nearly_fit(everybody: World, operation: Operation) -> None:
    schema = schema_of(operation)
    shapes = anything if schema is None else st.one_of(like(schema), anything)
    client = everybody.client("stranger")

    @settings(max_examples=FEW if schema is None else EXAMPLES)
    @given(value=shapes, known=st.booleans())
    def run(value: Any, known: bool) -> None:
        if known and isinstance(value, dict):
            value = {**BODIES.get(str(operation), {}), **value}
        with undone():
            path = operation.path(everybody.other.ids)
            check(client.generic(operation.method, path, encoded(value), content_type="application/json"), value)

    client.raise_request_exception = False
    run()


def parts_of(name: str) -> dict[str, Any]:
    """The fields of one of the API's inputs."""
    parts: dict[str, Any] = document()["components"]["schemas"][name]["properties"]
    return parts


def one_of_the_fields(name: str) -> st.SearchStrategy[dict[str, Any]]:
    """An object with one field of that input."""
    fields = sorted(parts_of(name).items())
    return st.sampled_from(fields).flatmap(lambda pair: like(pair[1]).map(lambda value: {pair[0]: value}))


@pytest.mark.timeout(480)  # making up the bodies is slow where others work beside
def test_right_bodies_with_one_field_that_nearly_fits(everybody: World) -> None:
    """Everything else is right, so that the field comes as far as it can: into the rows, too."""
    client, answers = everybody.client("stranger"), Counter[int]()
    client.raise_request_exception = False

    @settings(max_examples=3 * EXAMPLES)
    @given(more=one_of_the_fields("StartComparison"), column=one_of_the_fields("ColumnInput"), both=st.booleans())
    def run(more: dict[str, Any], column: dict[str, Any], both: bool) -> None:
        body = {"prompt": "x", "models": [{"model": "demo/fast", **column}], **(more if both else {})}
        with undone():
            response = client.generic("POST", "/api/v1/comparisons", encoded(body), content_type="application/json")
            check(response, body)
            answers[response.status_code] += 1

    run()
    assert answers[201] >= EXAMPLES // 2, answers
    assert answers[422] >= EXAMPLES // 2, answers


def with_column(**fields: Any) -> dict[str, Any]:
    return {"prompt": "x", "models": [{"model": "demo/fast", **fields}]}


def with_field(**fields: Any) -> dict[str, Any]:
    return {"prompt": "x", "models": ["demo/fast"], **fields}


ODD_BODIES = [
    with_column(extra={"a\x00": "\x00", "b": "\ud800"}),
    with_column(extra={"a": 10**4000}),
    with_field(title="a\x00b\ud800"),
    with_field(tags=["\x00"], metadata={"\x00": "\ud800"}),
    with_field(system="\x00\ud800"),
    with_field(params={"stop": ["\x00"], "seed": 2**70, "temperature": 1e308}),
    with_field(params={"timeout": 1e308, "max_retries": 2**63, "max_tokens": 2**63}),
    with_field(reasoning={"budget": 2**70, "effort": "\x00"}),
    with_field(prompt="\x00\udfff\ud800"),
    with_field(models=["demo/\x00\x01", "demo/\ud800"]),
    {"messages": [{"role": "user", "content": [{"kind": "text", "text": "\x00"}]}], "models": ["demo/fast"]},
    {"messages": [{"role": "tool", "content": "x"}], "models": ["demo/fast"]},
]
NO_JSON = [
    *(f'{{"prompt": "x", "models": [{{"model": "demo/fast", "extra": {{"a": {value}}}}}]}}' for value in
      ("NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1" * 5000)),
    '{"prompt": "x", "models": ["demo/fast"], "tool_choice": NaN}',
    '{"prompt": "x", "models": ["demo/fast"], "params": {"temperature": NaN}}',
    '{"prompt": "x", "models": ["demo/fast"], "output": {"schema": ' + "[" * 900 + "]" * 900 + "}}",
]  # fmt: skip


@pytest.mark.database
@pytest.mark.parametrize("number", range(len(ODD_BODIES)))
def test_what_databases_cannot_hold(everybody: World, number: int) -> None:
    client = everybody.client("stranger")
    client.raise_request_exception = False
    body = encoded(ODD_BODIES[number])
    response = client.generic("POST", "/api/v1/comparisons", body, content_type="application/json")
    check(response, body)
    if response.status_code == 201:
        assert client.get(f"/api/v1/comparisons/{response.json()['id']}").status_code == 200


@pytest.mark.database
@pytest.mark.parametrize("body", NO_JSON, ids=range(len(NO_JSON)))
def test_what_is_no_json(everybody: World, body: str) -> None:
    client = everybody.client("stranger")
    client.raise_request_exception = False
    response = client.generic("POST", "/api/v1/comparisons", body.encode(), content_type="application/json")
    check(response, body)
    assert response.status_code in {400, 422}


@pytest.mark.parametrize("operation", operations(), ids=str)
def test_bytes_that_are_no_json(everybody: World, operation: Operation) -> None:
    client = everybody.client("stranger")
    client.raise_request_exception = False

    @settings(max_examples=FEW if schema_of(operation) is None else EXAMPLES)
    @given(body=st.binary(max_size=60), kind=st.sampled_from(KINDS))
    def run(body: bytes, kind: str) -> None:
        with undone():
            path = operation.path(everybody.other.ids)
            response = client.generic(operation.method, path, body, content_type=kind)
            assert response.status_code < 500, (body, kind, response.getvalue()[:300])

    run()


def test_query_strings(everybody: World) -> None:
    client = everybody.client("stranger")
    client.raise_request_exception = False
    names = st.sampled_from(["q", "tag", "model", "cursor", "limit", "q[]", "q.a", "__class__", ""])

    @fuzz
    @given(query=st.dictionaries(names, st.one_of(letters, st.lists(letters, max_size=3)), max_size=4))
    def run(query: dict[str, Any]) -> None:
        safe = json.loads(json.dumps(query, ensure_ascii=False).encode("utf-8", "replace"))
        check(client.get("/api/v1/comparisons", safe), query)
        assert client.get("/history/", safe).status_code < 500

    run()


def test_headers(everybody: World) -> None:
    plain = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=30)

    @fuzz
    @given(bearer=plain, key=plain, language=plain, cookie=plain)
    def run(bearer: str, key: str, language: str, cookie: str) -> None:
        headers = {"Authorization": f"Bearer {bearer}", "Idempotency-Key": key, "Accept-Language": language}
        client = Client(raise_request_exception=False, headers={**headers, "Cookie": cookie})
        assert client.get("/api/v1/comparisons").status_code == 401
        owner = everybody.client("owner")
        body = json.dumps(BODIES["POST /api/v1/comparisons"])
        more = {"Idempotency-Key": key, "Accept-Language": language}
        with undone():
            said = owner.post("/api/v1/comparisons", body, content_type="application/json", headers=more)
            assert said.status_code in {201, 409, 422}, (key, said.content[:200])

    run()


@given(value=st.one_of(anything, like(MESSAGES)))
@settings(max_examples=10 * EXAMPLES)
def test_messages_of_the_socket_are_valid_or_refused(value: Any) -> None:
    """The type of the consumer's messages accepts the two or raises the one error that the consumer expects."""
    with suppress(ValidationError):
        assert MESSAGE.validate_json(json.dumps(value)).type in {"hello", "ack"}


def test_the_pages_that_take_forms(everybody: World) -> None:
    names = st.sampled_from(["username", "password", "next", "language", "theme", "csrfmiddlewaretoken", "x"])
    paths = st.sampled_from(
        ["/accounts/sign-in/", "/accounts/theme/", "/accounts/language/", "/accounts/link/x/", "/accounts/sign-out/"]
    )
    words = st.text(st.characters(codec="utf-8"), max_size=20)

    @fuzz
    @given(path=paths, form=st.dictionaries(names, words, max_size=4))
    def run(path: str, form: dict[str, str]) -> None:
        with undone():
            assert Client(raise_request_exception=False).post(path, form).status_code < 500, (path, form)

    run()
