"""The real site with everybody of the access matrix in it, for tests that need real sockets."""

import json
import subprocess
import sys
import uuid
from dataclasses import dataclass
from typing import Any, Self

import httpx

from tests.stack import ROOT, Stack

PEOPLE = """
from tests.security.matrix.people import world
made = world(salt={salt!r})
own, other = made.own, made.other
bearers = {{"owner_token": own.bearer, "stranger_token": other.bearer, "admin_token": made.admin_bearer}}
said = {{"jars": made.jars, "bearers": bearers, "ids": own.ids, "other_ids": other.ids, "link": own.share_token,
    "names": {{"owner": own.user.username, "stranger": other.user.username, "admin": made.admin.username}}}}
"""
LOOP = """
import json, sys, traceback
from django.contrib.auth.hashers import PBKDF2PasswordHasher
PBKDF2PasswordHasher.iterations = 1  # a hash names its own number; what the site makes itself has the usual one
for line in sys.stdin:
    names = {"said": None}
    try:
        exec(json.loads(line), names)
        print(json.dumps({"said": names["said"]}), flush=True)
    except BaseException:
        print(json.dumps({"failed": traceback.format_exc()}), flush=True)
"""


class Operator:
    """A process of the site that does what it is told: starting one for every wish would take seconds each."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        command = [sys.executable, str(ROOT / "manage.py"), "shell", "-v0", "-c", LOOP]
        pipe, environment = subprocess.PIPE, stack.environment()
        with (stack.folder / "operator.log").open("ab") as log:
            self._process = subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, stderr=log, text=True)

    def run(self, code: str) -> Any:
        """Execute ``code``; what it leaves in ``said`` comes back."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(code) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        assert "failed" not in answer, answer["failed"]
        return answer["said"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """The end of its input ends it."""
        self._process.communicate(timeout=30)


@dataclass
class Live:
    """A running site, and how everybody shows who they are. ``fresh`` makes another owner with everything."""

    operator: Operator
    jars: dict[str, dict[str, str]]
    bearers: dict[str, str]
    ids: dict[str, str]
    other_ids: dict[str, str]
    names: dict[str, str]
    link: str

    @classmethod
    def of(cls, operator: Operator) -> "Live":
        """New people in a running site."""
        made = operator.run(PEOPLE.format(salt=uuid.uuid4().hex[:8]))
        made["bearers"]["bad_token"] = "not-a-token-of-anybody"
        return cls(operator, **made)

    def fresh(self) -> "Live":
        """Other people in the same site: a test may ruin their logins."""
        return Live.of(self.operator)

    @property
    def stack(self) -> Stack:
        """The processes."""
        return self.operator.stack

    @property
    def url(self) -> str:
        """``http://127.0.0.1:PORT``"""
        return self.stack.url

    @property
    def ws_url(self) -> str:
        """The socket of the owner's comparison."""
        return f"{self.url.replace('http', 'ws', 1)}/ws/comparisons/{self.ids['comparison_id']}/"

    def headers(self, actor: str) -> dict[str, str]:
        """What ``actor`` sends with every request."""
        if actor in self.bearers:
            return {"Authorization": f"Bearer {self.bearers[actor]}"}
        jar = self.jars.get(actor, {})
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in jar.items())} if jar else {}

    def http(self, actor: str) -> httpx.Client:
        """A client of ``actor`` that passes the CSRF check like a page of ours."""
        csrf = "a" * 32
        headers = self.headers(actor)
        if actor not in self.bearers:
            cookie = headers.get("Cookie", "")
            headers["Cookie"] = f"{cookie}; touchstone_csrf={csrf}" if cookie else f"touchstone_csrf={csrf}"
            headers["X-CSRFToken"] = csrf
            headers["Origin"] = self.url
        return httpx.Client(base_url=self.url, headers=headers, timeout=30)

    def run(self, code: str) -> Any:
        """Do something inside the site; what the code leaves in ``said`` comes back."""
        return self.operator.run(code)
