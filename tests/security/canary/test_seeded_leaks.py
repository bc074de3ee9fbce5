"""The control: leaks planted on purpose, each where the canary looks, each in a spelling of its own. All are found."""

import base64
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import psutil
import pytest

from tests.clients.until import wait_until
from tests.security.canary import collect
from tests.security.canary.conftest import Used
from tests.security.canary.keys import Scanner, shapes
from tests.security.canary.kinds import kinds, secrets_of

pytestmark = pytest.mark.timeout(600)
MADE = {
    "token": f"ya29.{'a-Token_of' * 6}",
    "signature": "c0ffee" * 10,
    "pair": base64.b64encode(b"id:a-secret-of-it").decode(),
}
OTHER = {**shapes(seed=8), **secrets_of(kinds(seed=8)), **MADE}
"""Keys and pieces of credentials that were never entered: what is planted here is no leak of the product."""


def look(*things: Iterator[collect.Thing], keys: dict[str, str] = OTHER) -> set[tuple[str, str, str]]:
    """(kind, shape, spelling) of everything found."""
    scanner = Scanner(keys)
    for each in things:
        scanner.scan_all(each)
    return {(hit.kind, hit.shape, hit.spelling) for hit in scanner.hits}


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
    assert look(*things, keys=shapes(seed=9)) == set()


@pytest.mark.parametrize("shape", sorted(OTHER)[::4])
def test_in_a_log(used: Used, shape: str) -> None:
    used.site.run(f"import sys\nprint('Authorization: Bearer', {OTHER[shape]!r}, file=sys.stderr, flush=True)")
    assert ("log", shape, "plain") in look(collect.files(used.site))
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
    found = look(collect.database(used.site), collect.pages(used.site, [], 3))
    assert {("database", "odd", "plain"), ("page", "odd", "html")} <= found, found
    used.site.run(
        "from providers.models import ApiKey\n"
        f"assert ApiKey.objects.filter(label={OTHER['odd']!r}).update(label='again hex')"
    )


def test_in_base64_on_a_page_and_over_a_socket(used: Used) -> None:
    """With something before it, so that its letters in base64 are others."""
    with titled(used, base64.b64encode(f"a{OTHER['openai']}".encode()).decode()):
        found = look(collect.pages(used.site, used.comparisons[:1], 3), collect.frames(used.site, used.comparisons[:1]))
    assert {("page", "openai", "base64+1"), ("api", "openai", "base64+1"), ("socket", "openai", "base64+1")} <= found


def test_in_an_address_on_a_page(used: Used) -> None:
    with titled(used, f"https://h.example/?k={quote(OTHER['quotes'], safe='')}"):
        found = look(collect.pages(used.site, used.comparisons[:1], 3))
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
