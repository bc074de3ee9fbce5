"""No stored key in anything that the site writes, shows or sends, but to its own provider.

The control: leaks planted on purpose, each where the canary looks, each in a spelling of its own. All are found. Both
in one file, because getting there takes half a minute.
"""

import base64
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import psutil
import pytest

from tests.clients.until import wait_until
from tests.security.canary import collect
from tests.security.canary.conftest import Used
from tests.security.canary.echo import MODELS, NATIVE
from tests.security.canary.keys import Scanner, shapes
from tests.security.canary.kinds import kinds, secrets_of

pytestmark = pytest.mark.timeout(600)
"""Hundreds of forms, runs and pages: on a busy machine that takes minutes."""
KINDS = {
    *("log", "file", "valkey", "celery", "monitor", "database", "admin history", "audit"),
    *("page", "api", "header", "socket", "process", "command"),
}
MADE = {
    "token": f"ya29.{'a-Token_of' * 6}",
    "signature": "c0ffee" * 10,
    "pair": base64.b64encode(b"id:a-secret-of-it").decode(),
}
OTHER = {**shapes(seed=8), **secrets_of(kinds(seed=8)), **MADE}
"""Keys and pieces of credentials that were never entered: what is planted here is no leak of the product."""


def test_every_key_was_used_and_is_nowhere(used: Used) -> None:
    for shape, key in used.keys.items():
        # Tested three times, then asked by every model, some of them twice.
        assert used.echo.seen[key] >= len(MODELS), (shape, used.echo.seen[key])
    for name, kind in used.kinds.items():
        assert used.echo.seen[name] >= len(MODELS if kind.column == "chat" else NATIVE), (name, used.echo.seen[name])
    assert_answered(used)
    made = {name.split()[0] for name in used.echo.derived}
    assert made >= {"assertion", "pair", "token", "aws"}, made
    scanner, site = Scanner(used.secrets), used.site
    for process in (*site.stack.processes("web"), *site.stack.processes("worker")):
        assert process.rlimit(psutil.RLIMIT_CORE) == (0, 0), "a crash would leave the keys in a core dump"
    scanner.scan("monitor", "since the start", used.monitor.record)
    stop_the_worker(used)
    scanner.scan_all(iter(used.answers))
    for things in (
        collect.pages(site, used.comparisons),
        collect.admin_pages(site),
        collect.frames(site, used.comparisons),
        collect.valkey_values(site),
        collect.database(site),
        collect.commands(site),
        collect.processes(site.stack.processes()),
        collect.files(site),
    ):
        scanner.scan_all(things)
    print(f"\n{scanner}")
    assert set(scanner.artefacts) == KINDS
    places = Counter((hit.kind, hit.place, hit.shape, hit.spelling) for hit in scanner.hits)
    assert not places, "\n".join(map(str, sorted(places.items())))


def assert_answered(used: Used) -> None:
    """Where nothing was wrong but what was said beside the words, there is an answer."""
    good = ("/ok", "/echo-headers", "/echo-fields")
    with used.site.http("owner_token") as owner:
        states = [owner.get(f"/api/v1/comparisons/{each}").json() for each in used.comparisons]
    models = {column["id"]: column["model"] for state in states for column in state["columns"]}
    ended = {models[run["column"]]: (run["status"], run["error"]) for state in states for run in state["runs"]}
    wrong = {name: end for name, end in ended.items() if name.endswith(good) and end[0] != "finished"}
    # Its very first wish for a token was refused.
    wrong = {name: end for name, end in wrong.items() if "No access token" not in str(end)}
    assert not wrong, wrong


def stop_the_worker(used: Used) -> None:
    """So that a message stays in the queue and can be looked at."""
    for process in used.site.stack.processes("worker"):
        process.suspend()
    with used.site.http("owner_token") as owner:
        names = [f"canary-{shape}/ok" for shape in used.keys] + [f"{kind.slug}/ok" for kind in used.kinds.values()]
        for _ in range(3):
            answer = owner.post("/api/v1/comparisons", json={"prompt": "hello", "models": names})
            assert answer.status_code == 201


PLANTED = Scanner(OTHER)
"""One for all leaks: what it has seen, and what was clean, it need not look through again."""


def look(*things: Iterator[collect.Thing], scanner: Scanner = PLANTED) -> set[tuple[str, str, str]]:
    """(kind, shape, spelling) of everything found."""
    hits = [hit for each in things for hit in scanner.scan_all(each)]
    return {(hit.kind, hit.shape, hit.spelling) for hit in hits}


@contextmanager
def titled(used: Used, title: str) -> Iterator[None]:
    """A comparison with this title for a while."""
    path = f"/api/v1/comparisons/{used.comparisons[0]}"
    with used.site.http("owner_token") as owner:
        assert owner.patch(path, json={"title": title}).status_code == 200
        yield
        assert owner.patch(path, json={"title": ""}).status_code == 200


def in_valkey(used: Used, code: str) -> Any:
    return used.site.run(f"from compare_site import valkey\nclient = valkey.sync_client()\n{code}")


def test_keys_that_nobody_planted_are_not_found(used: Used) -> None:
    things = (collect.valkey_values(used.site), collect.database(used.site), collect.files(used.site))
    assert look(*things, scanner=Scanner(shapes(seed=9))) == set()


def test_in_a_log(used: Used) -> None:
    for key in OTHER.values():
        used.site.run(f"import sys\nprint('Authorization: Bearer', {key!r}, file=sys.stderr, flush=True)")
    assert look(collect.files(used.site)) >= {("log", shape, "plain") for shape in OTHER}
    (used.site.stack.folder / "operator.log").write_bytes(b"")


def test_in_a_log_cut_in_two(used: Used) -> None:
    key = OTHER["hex"]
    used.site.run(f"import sys\nprint({key[:32]!r}, file=sys.stderr)\nprint({key[32:]!r}, file=sys.stderr, flush=True)")
    assert {("log", "hex", "first half"), ("log", "hex", "second half")} <= look(collect.files(used.site))
    (used.site.stack.folder / "operator.log").write_bytes(b"")


@pytest.mark.parametrize(
    ("code", "shape", "spelling"),
    [
        ("client.set('leak', {key!r})", "quotes", "plain"),
        ("client.hset('leak', mapping={{'a': {key!r}}})", "odd", "plain"),
        ("client.xadd('leak', {{'e': json.dumps([{{'error': {key!r}}}])}})", "json", "json"),
        ("client.rpush('leak', {key!r}[::-1])", "groq", "reversed"),
        ("client.set('leak', {key!r}.encode().hex())", "openai", "hex"),
        ("client.set({key!r}, 1)", "xai", "plain"),
    ],
)
def test_in_valkey(used: Used, code: str, shape: str, spelling: str) -> None:
    in_valkey(used, f"import json\n{code.format(key=OTHER[shape])}")
    try:
        assert ("valkey", shape, spelling) in look(collect.valkey_values(used.site))
    finally:
        in_valkey(used, f"client.delete('leak', {OTHER[shape]!r})")


def test_in_a_celery_message_and_in_the_record_of_valkey(used: Used) -> None:
    """The body of a message is JSON in base64, wherever the key stands in it."""
    for padding in ("", "x", "xx"):
        key = OTHER["anthropic"]
        used.site.run(
            "from compare_site.celery import app\n"
            f"app.send_task('nothing', args=[{padding!r}, {key!r}], queue='leaky', argsrepr='-', kwargsrepr='-')"
        )
        found = look(collect.valkey_values(used.site), iter([("monitor", "", used.monitor.record)]))
        spelled = {spelling for kind, shape, spelling in found if (kind, shape) == ("valkey", "anthropic")}
        assert any(spelling.startswith("base64") for spelling in spelled), spelled
        assert any(kind == "monitor" for kind, _, _ in found)
        in_valkey(used, "client.delete('leaky')")


def test_in_the_admin_history_and_in_a_dump(used: Used) -> None:
    used.site.run(
        "from django.contrib.admin.models import LogEntry\nfrom django.contrib.auth import get_user_model\n"
        "u = get_user_model().objects.first()\n"
        f"LogEntry.objects.create(user=u, action_flag=2, object_repr='x', change_message={OTHER['google']!r})"
    )
    found = look(collect.database(used.site), collect.commands(used.site))
    assert {
        ("admin history", "google", "plain"),
        ("database", "google", "plain"),
        ("command", "google", "plain"),
    } <= found
    used.site.run("from django.contrib.admin.models import LogEntry\nLogEntry.objects.filter(object_repr='x').delete()")


def test_in_a_row_and_on_an_admin_page(used: Used) -> None:
    used.site.run(
        f"from providers.models import ApiKey\nApiKey.objects.filter(label='again hex').update(label={OTHER['odd']!r})"
    )
    found = look(collect.database(used.site), collect.admin_pages(used.site, 1))
    assert {("database", "odd", "plain"), ("page", "odd", "html")} <= found, found
    used.site.run(
        "from providers.models import ApiKey\n"
        f"assert ApiKey.objects.filter(label={OTHER['odd']!r}).update(label='again hex')"
    )


def test_in_base64_on_a_page_and_over_a_socket(used: Used) -> None:
    """With something before it, so that its letters in base64 are others."""
    with titled(used, base64.b64encode(f"a{OTHER['openai']}".encode()).decode()):
        found = look(collect.pages(used.site, used.comparisons[:1]), collect.frames(used.site, used.comparisons[:1]))
    assert {("page", "openai", "base64+1"), ("api", "openai", "base64+1"), ("socket", "openai", "base64+1")} <= found


def test_in_an_address_on_a_page(used: Used) -> None:
    with titled(used, f"https://h.example/?k={quote(OTHER['quotes'], safe='')}"):
        found = look(collect.pages(used.site, used.comparisons[:1]))
    assert {("page", "quotes", "url"), ("api", "quotes", "url")} <= found


def test_in_a_command_line_and_an_environment(used: Used) -> None:
    command = [sys.executable, "-c", "import sys; sys.stdin.read()", OTHER["xai"]]
    with subprocess.Popen(command, stdin=subprocess.PIPE, env={"LEAK": OTHER["huggingface"]}) as process:
        planted = {("process", "xai", "plain"), ("process", "huggingface", "plain")}
        # A process that has just begun shows neither for a moment.
        wait_until(lambda: planted <= look(collect.processes([psutil.Process(process.pid)])))
        process.communicate()


def test_in_a_file(used: Used) -> None:
    path = used.site.stack.folder / "data" / "core.1"
    path.write_bytes(b"\x00\x7fELF" + OTHER["json"].encode("utf-16-le") + b"\x00")
    assert ("file", "json", "utf-16") in look(collect.files(used.site))
    path.unlink()
