"""No stored key in anything that the site writes, shows or sends, but to its own provider."""

from collections import Counter

import psutil
import pytest

from tests.security.canary import collect
from tests.security.canary.conftest import Used
from tests.security.canary.echo import MODELS, NATIVE
from tests.security.canary.keys import Scanner

pytestmark = pytest.mark.timeout(600)
"""Hundreds of forms, runs and pages: on a busy machine that takes minutes."""
KINDS = {
    *("log", "file", "valkey", "celery", "monitor", "database", "admin history", "audit"),
    *("page", "api", "header", "socket", "process", "command"),
}


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
