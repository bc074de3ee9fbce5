"""Asks several models the same thing and shows the answers in the terminal, as they come."""

import json
import signal
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, cast

from django.core.management.base import CommandError
from django.urls import reverse
from pydantic import ValidationError
from rich.console import Console
from rich.live import Live

from compare_site import valkey
from compare_site.accounts.links import absolute
from compare_site.accounts.people import NoSuchPerson, person
from compare_site.api.errors import problems
from compare_site.comparisons import actions, snapshot, transitions
from compare_site.comparisons.events import FINAL
from compare_site.comparisons.models import Comparison
from compare_site.comparisons.requests import StartComparison
from compare_site.management import live_columns
from compare_site.management.site_command import SiteCommand

FAILED, USAGE, NOT_RUNNING, STOPPED = 1, 2, 3, 130
LOOK_SECONDS = 0.15
ENDING = (signal.SIGINT, signal.SIGTERM)
STDIN = "-"
DEFAULT_USER = "admin"


class Command(SiteCommand):
    help = (
        "Ask several models the same thing and see the answers side by side. The site must be running. "
        "Exit code: 0 all have finished, 1 some have not, 2 wrong usage, 3 the site is not running, 130 stopped."
    )
    no_site = NOT_RUNNING

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("prompt", nargs="?", help="what to ask; - reads it from standard input")
        parser.add_argument("-m", "--model", action="append", default=[], help="provider/model, again for each column")
        parser.add_argument("--file", help="a file with the prompt; - is standard input")
        parser.add_argument("--system", help="the system prompt")
        parser.add_argument("--params", help="parameters of all columns as JSON: '{\"temperature\": 0}'")
        parser.add_argument("--samples", type=int, default=1, help="answers of each model")
        parser.add_argument("--title")
        parser.add_argument("--user", default=DEFAULT_USER, help="whose comparison it is (default: %(default)s)")
        parser.add_argument("--json", action="store_true", help="one JSON object at the end, and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        asked = _asked(options)
        try:
            user = person(options["user"])
        except NoSuchPerson as error:
            raise CommandError(f"{error} --user names another one.", returncode=USAGE) from None
        _check_running()
        with _held_back() as pressed:
            try:
                comparison, _new = actions.start_comparison(user.pk, asked)
            except actions.Refused as error:
                raise CommandError(error.message, returncode=USAGE) from None
            code = self._watch(comparison, pressed, as_json=options["json"])
        if code:
            sys.exit(code)

    def _watch(self, comparison: Comparison, pressed: list[int], *, as_json: bool) -> int:
        console = Console(file=cast("Any", self.stdout)._out)
        stopped = False
        try:
            _hear(pressed)
            if as_json or not console.is_terminal:
                _follow(comparison, lambda _state: None)
            else:
                with Live(console=console, transient=True, auto_refresh=False, screen=False) as screen:
                    _follow(comparison, lambda state: screen.update(live_columns.live(state, console), refresh=True))
        except KeyboardInterrupt:
            stopped = True
            with suppress(KeyboardInterrupt):
                actions.cancel_comparison(comparison)
        state = snapshot.state_of(comparison)
        url = absolute(reverse("comparison", args=[comparison.pk]))
        if as_json:
            self.stdout.write(json.dumps({"id": comparison.pk, "url": url, "state": state}))
        elif console.is_terminal:
            console.print(live_columns.whole(state, console))
            console.print(url, style="dim", markup=False, highlight=False, soft_wrap=True)
        else:
            self.stdout.write(f"{live_columns.plain(state)}\n{url}")
        if stopped:
            return STOPPED
        return 0 if live_columns.all_finished(state) else FAILED


@contextmanager
def _held_back() -> Iterator[list[int]]:
    """What asks us to end meanwhile, until ``_hear``: what was half started would go on without anybody."""
    pressed: list[int] = []
    for number in _heard():
        signal.signal(number, lambda number, _frame: pressed.append(number))
    try:
        yield pressed
    finally:
        _hear()


def _heard() -> Iterator[int]:
    """Who starts us in the background makes us deaf to Ctrl-C, and means it."""
    return (number for number in ENDING if signal.getsignal(number) is not signal.SIG_IGN)


def _hear(pressed: Sequence[int] = ()) -> None:
    """As usual from now on, and what was held back at once: raises KeyboardInterrupt."""
    for number in _heard():
        signal.signal(number, signal.default_int_handler)
    if pressed:
        raise KeyboardInterrupt


def _follow(comparison: Comparison, show: Callable[[dict[str, Any]], None]) -> None:
    """Until nothing runs any more."""
    while True:
        state = snapshot.read(comparison).state
        show(state)
        if live_columns.is_over(state["runs"], FINAL):
            return
        time.sleep(LOOK_SECONDS)


def _asked(options: dict[str, Any]) -> StartComparison:
    if not options["model"]:
        raise CommandError("Name at least one model: -m demo/fast -m demo/thinker", returncode=USAGE)
    body: dict[str, Any] = {"prompt": _prompt(options)}
    body["models"] = [{"model": name, "samples": options["samples"]} for name in options["model"]]
    for name in ("system", "title"):
        if options[name]:
            body[name] = options[name]
    if options["params"]:
        try:
            body["params"] = json.loads(options["params"])
        except ValueError:
            raise CommandError("--params is no JSON.", returncode=USAGE) from None
    try:
        return StartComparison.model_validate(body)
    except ValidationError as error:
        found = problems(error.errors(include_url=False, include_input=False))  # type: ignore[arg-type]
        raise CommandError(
            "; ".join(f"{each['field']}: {each['message']}" for each in found), returncode=USAGE
        ) from None


def _prompt(options: dict[str, Any]) -> str:
    if (options["prompt"] is None) == (options["file"] is None):
        raise CommandError("Give a prompt, or a file with --file (- is standard input).", returncode=USAGE)
    source = options["file"] or options["prompt"]
    if source == STDIN:
        return sys.stdin.read()
    if options["file"] is None:
        return str(source)
    try:
        return Path(source).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise CommandError(f"{source} cannot be read: {error}", returncode=USAGE) from None


def _check_running() -> None:
    """Valkey and a worker are those of the running site."""
    try:
        valkey.sync_client().ping()
    except valkey.RedisError:
        where = "Start it in another window (make run, or manage.py up), or name the folder of the one that runs"
        raise CommandError(f"Touchstone is not running here. {where}: --data-dir.", returncode=NOT_RUNNING) from None
    if not transitions.live_leases().exists():
        raise CommandError(
            "No worker is running. Start one: manage.py worker, or manage.py up.", returncode=NOT_RUNNING
        )
