"""``manage.py compare``, ``export`` and ``share`` beside a running site, as somebody types them."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db.models.signals import post_save

from compare_site.comparisons.models import Comparison
from compare_site.comparisons.transitions import renew_lease
from compare_site.management.commands import compare
from tests.clients.until import wait_until
from tests.commands.run import run
from tests.comparisons.driving import ENDLESS, QUICK
from tests.exports.rows import made
from tests.stack import ROOT, Stack


def typed(stack: Stack, *arguments: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    return subprocess.run(
        command, env=stack.environment(), input=text, capture_output=True, text=True, timeout=60, encoding="utf-8"
    )


def test_a_comparison_from_the_command_line(stack: Stack) -> None:
    done = typed(stack, "compare", "-", "-m", QUICK, "-m", QUICK, "--system", "Be brief.", "--json", text="What is it?")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert [each["status"] for each in said["state"]["runs"]] == ["finished", "finished"]
    assert said["state"]["turns"][0]["messages"][0]["content"][0]["text"] == "What is it?"
    assert said["url"].startswith("http")

    failing = typed(stack, "compare", "hello", "-m", QUICK, "-m", "nobody/nothing")
    assert (failing.returncode, failing.stdout) == (compare.USAGE, "")
    assert "nobody" in failing.stderr

    partly = typed(stack, "compare", "hello", "-m", "demo/error@rate=0,delay=0", "--params", '{"max_retries": 0}')
    assert partly.returncode == compare.FAILED
    assert "== A demo/error" in partly.stdout
    assert "-- failed" in partly.stdout

    link = typed(stack, "share", said["id"]).stdout.strip()
    with urllib.request.urlopen(link.replace(link.split("/s/")[0], stack.url)) as page:
        assert page.status == 200
    exported = typed(stack, "export", said["id"], "--format", "json")
    assert json.loads(exported.stdout)["comparison"]["id"] == said["id"]


def test_control_c_stops_what_runs(stack: Stack) -> None:
    command = [
        sys.executable,
        str(ROOT / "manage.py"),
        "compare",
        "hello",
        "-m",
        ENDLESS,
        "--json",
        "--title",
        "endless",
    ]
    token = stack.token("admin")

    def shown() -> Any:
        request = urllib.request.Request(
            f"{stack.url}/api/v1/comparisons?q=endless", headers={"Authorization": f"Bearer {token}"}
        )
        with urllib.request.urlopen(request) as answer:
            items = json.load(answer)["items"]
        return items and items[0]["states"].get("running")

    # A shell that starts something in the background makes it deaf to Ctrl-C, and all that it starts.
    hearing = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)  # noqa: E731
    with subprocess.Popen(command, env=stack.environment(), stdout=subprocess.PIPE, preexec_fn=hearing) as process:
        try:
            wait_until(shown, 60)
            process.send_signal(signal.SIGINT)
            output, _errors = process.communicate(timeout=30)
        finally:
            process.kill()  # it would go on for ever, and its end is waited for
    assert process.returncode == compare.STOPPED
    assert [each["status"] for each in json.loads(output)["state"]["runs"]] == ["cancelled"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("valkey", "admin")
@pytest.mark.parametrize("number", compare.ENDING)
def test_control_c_while_it_is_being_started_stops_it(number: signal.Signals) -> None:
    renew_lease("a worker that is busy", [])

    def press(**_: Any) -> None:
        os.kill(os.getpid(), number)

    # Who starts these tests in the background makes them deaf to Ctrl-C, which the command respects.
    before = signal.signal(number, signal.default_int_handler)
    post_save.connect(press, sender=Comparison)
    try:
        with pytest.raises(SystemExit) as ended:
            run("compare", "hello", "-m", QUICK, "--json")
    finally:
        post_save.disconnect(press, sender=Comparison)
        signal.signal(number, before)
    assert ended.value.code == compare.STOPPED
    assert [one.state for one in Comparison.objects.get().runs.all()] == ["cancelled"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("valkey", "admin")
def test_who_was_made_deaf_to_control_c_stays_so() -> None:
    renew_lease("a worker that is busy", [])
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)

    def end(**_: Any) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGTERM)

    post_save.connect(end, sender=Comparison)
    try:
        with pytest.raises(SystemExit):
            run("compare", "hello", "-m", QUICK)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        post_save.disconnect(end, sender=Comparison)
        signal.signal(signal.SIGINT, before)


@pytest.mark.django_db
@pytest.mark.usefixtures("valkey")
@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["hello"], compare.USAGE, "at least one model"),
        (["-m", QUICK], compare.USAGE, "Give a prompt"),
        (["hello", "-m", QUICK, "--file", "x"], compare.USAGE, "Give a prompt"),
        (["-m", QUICK, "--file", "/no/such/file"], compare.USAGE, "cannot be read"),
        (["hello", "-m", QUICK, "--params", "{"], compare.USAGE, "no JSON"),
        (["hello", "-m", QUICK, "--params", '{"temperature": 99}'], compare.USAGE, "params.temperature"),
        (["hello", "-m", QUICK, "--user", "nobody"], compare.USAGE, "no user"),
        (["hello", "-m", QUICK], compare.NOT_RUNNING, "No worker"),
    ],
)
def test_what_cannot_be_asked_says_what_to_do(admin: Any, arguments: list[str], code: int, says: str) -> None:
    with pytest.raises(CommandError, match=says) as raised:
        run("compare", *arguments)
    assert raised.value.returncode == code
    assert not Comparison.objects.exists()


@pytest.mark.django_db
@pytest.mark.usefixtures("valkey")
def test_files_and_links_of_what_is_there(owner: Any, tmp_path: Any) -> None:
    comparison = made(owner)
    run("export", comparison.pk, "--format", "xlsx", "--out", str(tmp_path / "a.xlsx"))

    assert (tmp_path / "a.xlsx").read_bytes()[:2] == b"PK"
    assert "/s/" in run("share", comparison.pk, "--days", "0")
    for command in ("export", "share"):
        with pytest.raises(CommandError, match="no comparison"):
            run(command, "0" * 32)
    with pytest.raises(CommandError, match="cannot be written"):
        run("export", comparison.pk, "--out", str(tmp_path / "no" / "folder"))


@pytest.mark.django_db
@pytest.mark.usefixtures("valkey")
def test_an_export_moves_no_cursor_of_a_terminal(owner: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    comparison = made(owner)
    Comparison.objects.update(title="\x1b]0;owned\x07 \x9b31m")
    ours, theirs = os.openpty()
    with os.fdopen(ours, "rb", buffering=0) as screen, os.fdopen(theirs, "w", encoding="utf-8") as terminal:
        monkeypatch.setattr(sys, "stdout", terminal)
        call_command("export", comparison.pk)
        monkeypatch.undo()
        shown = screen.read(4096).decode()

    assert "owned" in shown
    assert not set(shown) & set("\x1b\x07\x9b")
