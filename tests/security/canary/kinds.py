"""Credentials of several pieces, and keys for real providers: what is typed for each, and which of it is secret."""

import json
import random
import string
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

LETTERS = string.ascii_letters + string.digits
LINES = slice(1, -1, 5)
"""Of a private key some: its first line begins as that of any other key, and its last may be short."""
PROXY_LOGIN = "canary-clerk:a-word-for-the-proxy-4711"


@dataclass(frozen=True)
class Kind:
    """``host``: of its requests. ``account`` and ``forms``: what an administrator types; the last form is in use then.

    ``secrets``: piece -> text, of all forms. ``proof``: in every request that this credential has authorised.
    """

    slug: str
    host: str
    account: dict[str, str]
    forms: tuple[dict[str, str], ...]
    secrets: dict[str, str]
    proof: str = ""
    column: str = "chat"
    """The protocol that a column asks for."""

    @property
    def in_use(self) -> list[str]:
        """The secret pieces of the last form."""
        form = self.forms[-1]
        said = [str(each) for each in (json.loads(form["account"]) if "account" in form else form).values()]
        return [text for text in self.secrets.values() if any(text in each for each in said)]


def kinds(seed: int = 7) -> dict[str, Kind]:
    """One of each. Nothing of it opens anything."""
    chance = random.Random(f"kinds {seed}")

    def some(count: int) -> str:
        return "".join(chance.choice(LETTERS) for _ in range(count))

    def header(slug: str, host: str, account: dict[str, str], column: str = "chat") -> Kind:
        key = f"{slug}-{some(40)}"
        return Kind(slug, host, account, ({"credential": key},), {"key": key}, key, column)

    def client(slug: str, host: str, account: dict[str, str]) -> Kind:
        secret = f"dose{some(20)}+/~{some(12)}"
        form = {"credential_kind": "client_credentials", "client_id": f"id-{some(20)}", "client_secret": secret}
        return Kind(slug, host, account, (form,), {"client_secret": secret})

    databricks, azure = "canary.cloud.databricks.com", {"resource": "canary", "tenant": "canary-tenant"}
    return {
        "aws": aws(some(40), some(380)),
        "google": google(seed, some),
        "oauth": client("databricks", databricks, {"host": databricks}),
        "entra": client("azure-openai", "canary.openai.azure.com", azure),
        "azure": header("azure-openai-classic", "classic.openai.azure.com", {"resource": "classic"}),
        "yandex": header("yandexgpt", "llm.api.cloud.yandex.net", {"folder": "b1gcanary"}),
        "anthropic": header("anthropic", "api.anthropic.com", {}, "messages"),
        "gemini": header("gemini", "generativelanguage.googleapis.com", {}, "auto"),
    }


def aws(secret: str, token: str) -> Kind:
    """Access keys, first without and then with a session."""
    keys = {"credential_kind": "sigv4", "access_key_id": "AKIACANARY0000000001", "secret_access_key": secret}
    forms = (keys, {**keys, "session_token": token})
    secrets = {"secret_access_key": secret, "session_token": token}
    host = "bedrock-runtime.us-east-1.amazonaws.com"
    return Kind("bedrock", host, {"region": "us-east-1"}, forms, secrets, token)


def google(seed: int, some: Callable[[int], str]) -> Kind:
    """First a person's own credentials, then a service account."""
    client_secret, refresh = f"GOCSPX-{some(28)}", f"1//{some(90)}"
    person = {"type": "authorized_user", "client_id": f"{some(20)}.apps.googleusercontent.com"}
    person |= {"client_secret": client_secret, "refresh_token": refresh}
    key = private_key(seed)
    account = {"type": "service_account", "project_id": "canary", "private_key_id": "canary-key-of-a-robot"}
    account |= {"private_key": key, "client_email": "robot@canary.iam.gserviceaccount.com"}
    lines = key.strip().splitlines()[1:-1]
    secrets = {"client_secret": client_secret, "refresh_token": refresh, "private_key": key}
    secrets |= {f"private_key line {number}": line for number, line in list(enumerate(lines))[LINES]}
    forms = tuple({"account": json.dumps(each, indent=2)} for each in (person, account))
    return Kind("vertex", "aiplatform.googleapis.com", {"project": "canary", "location": "global"}, forms, secrets)


@cache
def private_key(seed: int) -> str:
    """A key of its own for every seed, though not the same in every process."""
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return made.private_bytes(*form).decode()


def secrets_of(found: dict[str, Kind]) -> dict[str, str]:
    """Every piece by its name, as the scanner knows shapes."""
    return {f"{name} {piece}": text for name, kind in found.items() for piece, text in kind.secrets.items()}
