"""Sends files: they are written to disk first, so that memory stays small and errors come before the first byte."""

import re
import tempfile
import unicodedata
import weakref
from asyncio import to_thread
from collections.abc import AsyncIterator, Callable, Iterator
from typing import IO

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.http import content_disposition_header

CHUNK = 64 * 1024
IN_MEMORY = 1024 * 1024
LONGEST_NAME = 60
NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|%;\'`$&!#{}\[\]()=+,@~^]')


def attachment(
    request: HttpRequest, fill: Callable[[IO[bytes]], None], name: str, content_type: str
) -> StreamingHttpResponse:
    """What ``fill`` writes, to be saved as ``name``."""
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed with the response
    try:
        fill(file)
        length = file.tell()
        file.seek(0)
    except BaseException:
        file.close()
        raise
    body = _Asynchronous(file) if isinstance(request, ASGIRequest) else _Synchronous(file)
    headers = {
        "Content-Disposition": content_disposition_header(as_attachment=True, filename=name),
        "Content-Length": str(length),
        "Cache-Control": "no-store",
    }
    return StreamingHttpResponse(body, content_type=content_type, headers=headers)


class _Pieces:
    """A file that goes with the response, also with one that nobody reads to its end."""

    def __init__(self, file: "tempfile.SpooledTemporaryFile[bytes]") -> None:
        self._file = file
        self.close = weakref.finalize(self, file.close)


class _Synchronous(_Pieces):
    def __iter__(self) -> Iterator[bytes]:
        while chunk := self._file.read(CHUNK):
            yield chunk


class _Asynchronous(_Pieces):
    """For the server, which must not wait for a disk."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while chunk := await to_thread(self._file.read, CHUNK):
            yield chunk


def file_name(title: str, fallback: str, row_id: str, suffix: str) -> str:
    """A name that no file system and no shell takes for something else, whatever the title is."""
    words = unicodedata.normalize("NFC", NOT_IN_NAMES.sub(" ", title))
    seen = "".join(" " if unicodedata.category(letter)[0] in "CZ" else letter for letter in words)
    stem = "-".join(seen.split()).strip(".-_ ")[:LONGEST_NAME].rstrip(".-_ ")
    return f"touchstone-{stem or fallback}-{row_id[:8]}.{suffix}"
