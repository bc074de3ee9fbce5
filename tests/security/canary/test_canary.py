"""No stored key in anything that the site writes, shows or sends, but to its own provider."""

from collections import Counter

from tests.security.canary import collect
from tests.security.canary.conftest import Used
from tests.security.canary.echo import MODELS
from tests.security.canary.keys import Scanner

KINDS = {
    *("log", "file", "valkey", "celery", "monitor", "database", "admin history", "audit"),
    *("page", "api", "header", "socket", "process", "command"),
}


def test_every_key_was_used_and_is_nowhere(used: Used) -> None:
    for shape, key in used.keys.items():
        # Tested three times, then asked by every model, some of them twice.
        assert used.echo.seen[key] >= len(MODELS), (shape, used.echo.seen[key])
    scanner, site = Scanner(used.keys), used.site
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


def stop_the_worker(used: Used) -> None:
    """So that a message stays in the queue and can be looked at."""
    for process in used.site.stack.processes("worker"):
        process.suspend()
    with used.site.http("owner_token") as owner:
        names = [f"canary-{shape}/ok" for shape in used.keys]
        for _ in range(3):
            answer = owner.post("/api/v1/comparisons", json={"prompt": "hello", "models": names})
            assert answer.status_code == 201
