"""Recognises what a file is by its first bytes: its name and header are only what somebody says. Pure."""

from typing import Literal, NamedTuple

Kind = Literal["image", "audio", "video", "file"]
HEAD = 64
"""So many bytes are looked at."""


class Sniffed(NamedTuple):
    """What kind of content a file is, as messages name it, and its media type."""

    kind: Kind
    mime: str


PNG = Sniffed("image", "image/png")
JPEG = Sniffed("image", "image/jpeg")
GIF = Sniffed("image", "image/gif")
WEBP = Sniffed("image", "image/webp")
WAV = Sniffed("audio", "audio/wav")
MP3 = Sniffed("audio", "audio/mpeg")
OGG = Sniffed("audio", "audio/ogg")
FLAC = Sniffed("audio", "audio/flac")
M4A = Sniffed("audio", "audio/mp4")
MP4 = Sniffed("video", "video/mp4")
QUICKTIME = Sniffed("video", "video/quicktime")
WEBM = Sniffed("video", "video/webm")
PDF = Sniffed("file", "application/pdf")
STARTS = (
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"%PDF-", PDF),
    (b"OggS", OGG),
    (b"fLaC", FLAC),
    (b"ID3", MP3),
)
RIFF = {b"WEBP": WEBP, b"WAVE": WAV}
BRANDS = {b"M4A ": M4A, b"M4B ": M4A, b"qt  ": QUICKTIME}
FILMS = (b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"dash", b"MSNV")


def kind_of(content: bytes) -> Sniffed | None:
    """What these bytes are; None if it is nothing that can be sent to a model."""
    head = content[:HEAD]
    for start, found in STARTS:
        if head.startswith(start):
            return found
    if head[:4] == b"RIFF":
        return RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        return BRANDS.get(brand) or (MP4 if brand in FILMS else None)
    if head[:4] == b"\x1aE\xdf\xa3":
        return WEBM if b"webm" in head else None
    return MP3 if _is_mpeg_frame(head) else None


def _is_mpeg_frame(head: bytes) -> bool:
    """Whether a frame of MPEG audio, layer III, begins here: MP3 without a tag has no other mark."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    bitrate, rate = head[2] >> 4, head[2] >> 2 & 3
    return version != 1 and layer == 1 and bitrate not in {0, 15} and rate != 3
