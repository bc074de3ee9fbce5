"""Uploaded files where they are used: who may read them, the bytes for a request, and when they go.

A turn holds a reference (``data.attachment``), never the bytes: those are put in when a request is made.
"""

import base64
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

from compare_site.comparisons import access
from compare_site.comparisons.access import Denied, NotSignedIn, Principal
from compare_site.comparisons.models import Attachment, AttachmentBytes, AttachmentUse, Comparison
from providers.contract.errors import SetupError
from providers.contract.messages import ContentBlock, Message

UNUSED_HOURS = 24
SWEEP_MOST = 50
LONGEST_KEPT, BASE64 = 8192, re.compile(r"[A-Za-z0-9+/_=-]+")
MISSING = "missing"
PART = "attachments"
"""The part of a share that shows them."""
Messages = Sequence[Mapping[str, Any]]


def attachment_json(row: Attachment) -> dict[str, Any]:
    """What the API says of a file."""
    return {
        "id": row.pk,
        "kind": row.kind,
        "mime": row.mime,
        "size": row.size,
        "name": row.name,
        "sha256": row.sha256,
        "created_at": row.created_at.isoformat(),
    }


def block_of(row: Attachment, cache_control: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The content block of a message that names a file."""
    data = {"attachment": row.pk, "media_type": row.mime, "size": row.size}
    if cache_control:
        data["cache_control"] = dict(cache_control)
    return {"kind": row.kind, "text": "", "name": row.name, "data": data}


def named_in(messages: Messages) -> set[str]:
    """The ids of the files that messages name."""
    return {found for message in messages for block in message["content"] if (found := _reference(block.get("data")))}


def _reference(data: Mapping[str, Any] | None) -> str | None:
    found = (data or {}).get("attachment")
    return found if isinstance(found, str) and access.is_id(found) else None


def own(user_id: int, attachment_id: str) -> Attachment:
    """A file of this person's. Raises Denied."""
    found = Attachment.objects.filter(pk=attachment_id, owner_id=user_id) if access.is_id(attachment_id) else None
    row = found.first() if found is not None else None
    if row is None:
        raise Denied
    return row


def readable(principal: Principal, attachment_id: str) -> Attachment:
    """A file of one's own, or of a comparison that one may read with its files. Raises Denied or NotSignedIn."""
    if principal.is_anonymous:
        raise NotSignedIn
    row = Attachment.objects.filter(pk=attachment_id).first() if access.is_id(attachment_id) else None
    if row is None:
        raise Denied
    if principal.user_id == row.owner_id:
        return row
    for comparison in Comparison.objects.filter(attachment_uses__attachment=row):
        if access.may(principal, comparison, "read") and _shows(principal, comparison, row.pk):
            return row
    raise Denied


def _shows(principal: Principal, comparison: Comparison, attachment_id: str) -> bool:
    grant = access.grant_for(principal, comparison)
    if grant is None:
        return True
    if PART not in (grant.audience.sees or ()):
        return False
    if not grant.frozen:
        return True
    turns = access.frozen_state(grant)["turns"]
    return any(attachment_id in named_in(turn["messages"]) for turn in turns)


def content_of(row: Attachment) -> bytes:
    """Its bytes. Raises Denied if it has gone meanwhile."""
    found = AttachmentBytes.objects.filter(attachment=row).values_list("content", flat=True).first()
    if found is None:
        raise Denied
    return bytes(found)


def use(comparison_id: str, attachment_ids: Iterable[str]) -> None:
    """From now on this comparison keeps these files."""
    rows = [AttachmentUse(attachment_id=each, comparison_id=comparison_id) for each in sorted(set(attachment_ids))]
    AttachmentUse.objects.bulk_create(rows, ignore_conflicts=True)


def usable(user_id: int, messages: Messages, source: str | None) -> set[str]:
    """What messages that were brought in may name: one's own files, and those of the comparison they are copied of."""
    files = Attachment.objects.filter(pk__in=named_in(messages))
    return set(files.filter(Q(owner_id=user_id) | Q(uses__comparison=source)).values_list("pk", flat=True))


def mark_missing(messages: Iterable[dict[str, Any]], here: Collection[str]) -> list[dict[str, Any]]:
    """Mark the files that messages name and that are not among ``here``: nothing leads to them any more. Says which."""
    gone = []
    for block in (block for message in messages for block in message["content"]):
        data = block.get("data") or {}
        if (_reference(data) in here) if "attachment" in data else not is_missing(data):
            continue
        block["data"] = {**{name: value for name, value in data.items() if name != "attachment"}, MISSING: True}
        gone.append(named(block))
    return gone


def named(block: Mapping[str, Any]) -> dict[str, Any]:
    """What is told of a file in a message without showing it: name, kind and size as far as they are known."""
    data = block.get("data") or {}
    size = data.get("size")
    known = size if isinstance(size, int) and not isinstance(size, bool) else None
    told = {"name": block.get("name") or "", "kind": block["kind"], "size": known}
    return {**told, MISSING: True} if is_missing(data) else told


def is_missing(data: Mapping[str, Any] | None) -> bool:
    """Whether this was a file that is not here: it was brought in from elsewhere, without its bytes."""
    return (data or {}).get(MISSING) is True


def bytes_for(comparisons: Iterable[str], turns: Iterable[Messages]) -> dict[str, str]:
    """The files that these turns name, as base64, as far as one of the comparisons uses them."""
    named = {found for messages in turns for found in named_in(messages)}
    if not named:
        return {}
    used = AttachmentBytes.objects.filter(pk__in=named, attachment__uses__comparison__in=set(comparisons)).distinct()
    return {pk: base64.b64encode(content).decode() for pk, content in used.values_list("pk", "content")}


def with_bytes(messages: Sequence[Message], files: Mapping[str, str]) -> list[Message]:
    """The messages as they are sent: the files themselves in the place of their names. Raises SetupError."""
    return [
        message.model_copy(update={"content": tuple(_filled(message.content, files))})
        if any(_reference(block.data) or is_missing(block.data) for block in message.content)
        else message
        for message in messages
    ]


def _filled(blocks: Iterable[ContentBlock], files: Mapping[str, str]) -> Iterator[ContentBlock]:
    for block in blocks:
        reference = _reference(block.data)
        if reference is None and not is_missing(block.data):
            yield block
            continue
        if reference is None or reference not in files:
            message = "A file of this conversation is not here any more. Nothing was sent; attach it again."
            raise SetupError("bad_request", message)
        kept = {name: (block.data or {}).get(name) for name in ("media_type", "cache_control")}
        data = {"data": files[reference], **{name: value for name, value in kept.items() if value is not None}}
        yield block.model_copy(update={"data": data, "name": block.name if block.kind == "file" else None})


def without_bytes(body: Any, files: Mapping[str, str]) -> Any:
    """A request body as it is kept: where a file was, its id, or how long it was if it stood in the messages.

    Every re-run would keep all of it again.
    """
    if isinstance(body, str):
        for name, data in files.items():
            if body.endswith(data):
                return f"{body.removesuffix(data)}<attachment {name}>"
        beginning, _comma, data = body.rpartition(",")
        if len(data) > LONGEST_KEPT and BASE64.fullmatch(data):
            return f"{beginning}{_comma}<{len(data)} characters of base64>"
        return body
    if isinstance(body, Mapping):
        return {name: without_bytes(value, files) for name, value in body.items()}
    return [without_bytes(value, files) for value in body] if isinstance(body, list | tuple) else body


def forget_of(comparison_id: str) -> None:
    """A comparison goes for good: so do its files, unless another one uses them."""
    others = AttachmentUse.objects.filter(attachment=OuterRef("pk")).exclude(comparison=comparison_id)
    gone = Attachment.objects.filter(~Exists(others), uses__comparison=comparison_id)
    Attachment.objects.filter(pk__in=list(gone.values_list("pk", flat=True))).delete()


def forget_unused() -> int:
    """Remove what was uploaded long ago and is used nowhere; how many. A few at a time: other sweeps wait."""
    nowhere = ~Exists(AttachmentUse.objects.filter(attachment=OuterRef("pk")))
    old = Attachment.objects.filter(nowhere, created_at__lt=Now() - timedelta(hours=UNUSED_HOURS))
    ids = list(old.values_list("pk", flat=True)[:SWEEP_MOST])
    Attachment.objects.filter(pk__in=ids).delete()
    return len(ids)
