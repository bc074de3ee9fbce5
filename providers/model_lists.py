"""The list of models that a provider gives, with what it says of each; and whether a key is good."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

from providers.client import safe
from providers.contract.errors import ProviderError
from providers.contract.resolved import Target
from providers.credentials import REMOVED, authorize, proof_of, without_key
from providers.dialects.jsonvalue import as_dict, as_text, at_path, read_json
from providers.dialects.listed import Listed, agreed, read_listed, with_parts
from providers.transport.http import Outgoing, Transport
from providers.transport.origin import origin_of

MOST_DETAILS = 200
AT_ONCE = 4
DETAIL_SECONDS = 10.0
WINDOW = ".context_length"


async def list_models(target: Target, transport: Transport) -> list[str]:
    """The model ids the provider lists, sorted; ProviderError if it does not answer as its catalog entry says."""
    return sorted(await _entries(target, transport))


async def list_facts(target: Target, transport: Transport) -> list[Listed]:
    """The same with what the list says of each model, and where that is asked apart, with that."""
    entries, paths = await _entries(target, transport), target.spec.listed
    if paths.details:
        await _add_details(target, transport, entries)
    if paths.facts:
        await _add_facts(target, transport, entries)
    said: dict[str, Any] = {}
    for model_id, entry in entries.items():
        for name, facts in with_parts(model_id, entry, paths).items():
            said.setdefault(name, facts)
    return [read_listed(facts, name, paths) for name, facts in sorted(said.items())]


async def check_key(target: Target, transport: Transport) -> int:
    """How many models the provider lists for this key, asking only what costs nothing; raises if it is refused."""
    spec = target.spec
    if spec.check_path:
        await _get(target, transport, spec.check_path)
    elif not spec.models_path:
        raise ProviderError("unsupported", "This provider has no free request that a key could be tested with.")
    return len(await list_models(target, transport)) if spec.models_path else 0


async def _entries(target: Target, transport: Transport) -> dict[str, Any]:
    """Model id -> its entry."""
    spec = target.spec
    if not spec.models_path:
        raise ProviderError("unsupported", "This provider offers no list of its models. Type the model id instead.")
    body = await _get(target, transport, spec.models_path)
    try:
        value = read_json(body)
    except ValueError:
        message = "The provider's list of models is not JSON. Check the base URL."
        raise ProviderError("malformed_stream", message) from None
    items = spec.models_items
    found = value if not items or isinstance(value, list) else at_path(value, items)
    if not isinstance(found, list):
        raise ProviderError("malformed_stream", "The provider's list of models has an unknown form.")
    named = ((as_text(as_dict(item).get(spec.models_id)) or as_text(item), item) for item in found)
    # Ids become rows that everybody reads: one that repeats the key is none.
    return {_without(name, spec.models_strip): item for name, item in named if name and REMOVED not in name}


async def _add_facts(target: Target, transport: Transport, entries: dict[str, Any]) -> None:
    """One question for all of them. Where it is not answered, the entries stay as they are."""
    paths = target.spec.listed
    try:
        found = as_dict(read_json(await _get(target, transport, paths.facts))).get("data")
    except (ProviderError, ValueError):
        return
    told: dict[str, list[dict[str, Any]]] = {}
    for item in found if isinstance(found, list) else []:
        told.setdefault(as_text(as_dict(item).get(paths.facts_id)), []).append(as_dict(as_dict(item).get("model_info")))
    for model_id, infos in told.items():
        if model_id in entries:
            entries[model_id] = {**as_dict(entries[model_id]), "model_info": agreed(infos)}


async def _add_details(target: Target, transport: Transport, entries: dict[str, Any]) -> None:
    """One question a model, a few at a time. Where there is no answer, the entry stays as it is."""
    gate = asyncio.Semaphore(AT_ONCE)
    url = origin_of(target.base_url) + target.spec.listed.details

    async def ask(model_id: str) -> None:
        body = json.dumps({"model": model_id}).encode()
        headers = {"content-type": "application/json", "accept": "application/json"}
        plain = Outgoing("POST", url, headers, body, allow_private=target.allow_private, routes=target.routes)
        try:
            async with gate:
                status, answer = await _asked(target, transport, plain, DETAIL_SECONDS)
            detail = as_dict(read_json(answer)) if status == 200 else {}
        except (ProviderError, ValueError):
            return
        windows = (value for name, value in as_dict(detail.get("model_info")).items() if name.endswith(WINDOW))
        entries[model_id] = {**as_dict(entries[model_id]), "context_length": next(windows, None), **detail}

    await asyncio.gather(*(ask(model_id) for model_id in list(entries)[:MOST_DETAILS]))


async def _get(target: Target, transport: Transport, path: str) -> bytes:
    url = target.base_url.rstrip("/") + path
    headers = {"accept": "application/json", "accept-encoding": "gzip", **target.spec.headers}
    plain = Outgoing("GET", url, headers, allow_private=target.allow_private, routes=target.routes)
    _status, body = await _asked(target, transport, plain)
    return body


async def _asked(target: Target, transport: Transport, plain: Outgoing, seconds: float = 30.0) -> tuple[int, bytes]:
    """Status and body, without our key if the provider says it back."""
    proof: tuple[str, ...] = ()
    try:
        outgoing = await authorize(target.spec.auth, target.credential, plain, target.origins, transport)
        proof = proof_of(outgoing)
        status, answered, body = await transport.get(outgoing, seconds)
        if not 200 <= status < 300:
            raise target.adapter.classify(status, answered, body)
    except ProviderError as error:
        raise safe(error, target, shown=False, proof=proof) from None
    return status, without_key(body.decode("utf-8", "replace"), target.credential, proof).encode()


def _without(model_id: str, beginnings: Sequence[str]) -> str:
    return next((model_id.removeprefix(each) for each in beginnings if model_id.startswith(each)), model_id)
