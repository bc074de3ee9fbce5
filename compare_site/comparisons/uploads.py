"""Actions on files: upload them, attach them to a prompt, delete them while nothing uses them."""

import hashlib
import unicodedata
from collections.abc import Sequence

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from compare_site.comparisons.attachments import block_of
from compare_site.comparisons.models import Attachment, AttachmentBytes
from compare_site.comparisons.permits import Refused
from compare_site.comparisons.prompt_source import Filled
from compare_site.comparisons.requests import FileInput
from compare_site.comparisons.rights import problem_of, rights_of
from compare_site.comparisons.sniffing import kind_of
from compare_site.words import mebibytes

MOST_WAITING = 64
"""So many files that nothing uses yet may one person have."""
NAME_LENGTH = 200


def keep(user_id: int, name: str, content: bytes) -> Attachment:
    """Store an uploaded file. Raises Refused: 403 for readers, 413, 415 for what no model takes, 429, 422 if empty."""
    problem = problem_of(rights_of(user_id), ())
    if problem is not None:
        raise Refused(403, problem.code, problem.message, problem.details)
    if not content:
        raise Refused(422, "empty_file", _("The file is empty."), {"field": "file"})
    if len(content) > settings.ATTACHMENT_MAX_BYTES:
        raise too_large()
    found = kind_of(content)
    if found is None:
        message = _(
            "This file cannot be attached. Pictures (PNG, JPEG, GIF, WebP), sound, video and PDF can; "
            "text belongs into the prompt."
        )
        raise Refused(415, "unknown_file_type", message, {"field": "file"})
    if Attachment.objects.filter(owner_id=user_id, uses=None).count() >= MOST_WAITING:
        message = _("Too many uploaded files are waiting to be used. Remove some, or wait a day.")
        raise Refused(429, "too_many_files", message, {"field": "file"})
    with transaction.atomic():
        row = Attachment.objects.create(
            owner_id=user_id,
            kind=found.kind,
            mime=found.mime,
            size=len(content),
            name=_shown_name(name),
            sha256=hashlib.sha256(content).hexdigest(),
            created_at=Now(),
        )
        AttachmentBytes.objects.create(attachment=row, content=content)
    row.refresh_from_db(fields=("created_at",))
    return row


def too_large() -> Refused:
    """More than a file may have."""
    most = settings.ATTACHMENT_MAX_BYTES
    message = _("This file is larger than %(most)s.") % {"most": mebibytes(most)}
    return Refused(413, "too_large", message, {"field": "file", "limit": most})


def _shown_name(name: str) -> str:
    """The last part of a path, without what cannot be seen: it is only ever shown."""
    last = name.replace("\\", "/").rpartition("/")[2]
    seen = "".join(letter for letter in last if unicodedata.category(letter)[0] != "C").strip()
    return seen[:NAME_LENGTH] or "file"


def attached(user_id: int, files: Sequence[FileInput], said: Filled) -> Filled:
    """``said`` with these files before the text of its last message. Own ones only: Refused 422 names the other."""
    if not files:
        return said
    ids = [file.id for file in files]
    # Locked, so that the sweeper does not remove one that is being used now.
    rows = Attachment.objects.select_for_update().filter(pk__in=ids, owner_id=user_id).in_bulk()
    for index, each in enumerate(ids):
        if each not in rows:
            message = _("There is no such file of yours. Upload it again.")
            raise Refused(422, "unknown_attachment", message, {"field": f"attachments.{index}"})
    *before, last = said.messages
    if last["role"] != "user":
        message = _("Files go with a message of the user's; the last message is none.")
        raise Refused(422, "no_user_message", message, {"field": "attachments"})
    content = [block_of(rows[file.id], file.cache_control) for file in files] + list(last["content"])
    return said._replace(messages=[*before, {**last, "content": content}])


def remove(row: Attachment) -> None:
    """Delete a file that nothing uses. Raises Refused 409."""
    with transaction.atomic():
        held = Attachment.objects.select_for_update().filter(pk=row.pk).first()
        if held is None:
            return
        if held.uses.exists():
            message = _("A comparison uses this file; it goes with the comparison.")
            raise Refused(409, "attachment_used", message)
        held.delete()
