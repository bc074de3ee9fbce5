"""What files are, by their bytes: each kind that models take, and what looks like one and is none."""

import pytest

from compare_site.comparisons.sniffing import kind_of


@pytest.mark.parametrize(
    ("content", "kind", "mime"),
    [
        (b"\x89PNG\r\n\x1a\n....", "image", "image/png"),
        (b"\xff\xd8\xff\xe0..JFIF", "image", "image/jpeg"),
        (b"GIF87a..", "image", "image/gif"),
        (b"GIF89a..", "image", "image/gif"),
        (b"RIFF....WEBPVP8 ", "image", "image/webp"),
        (b"RIFF....WAVEfmt ", "audio", "audio/wav"),
        (b"ID3\x04..", "audio", "audio/mpeg"),
        (b"\xff\xfb\x90\x00", "audio", "audio/mpeg"),
        (b"OggS\x00..", "audio", "audio/ogg"),
        (b"fLaC..", "audio", "audio/flac"),
        (b"\x00\x00\x00\x20ftypM4A ....", "audio", "audio/mp4"),
        (b"\x00\x00\x00\x20ftypisom....", "video", "video/mp4"),
        (b"\x00\x00\x00\x14ftypqt  ....", "video", "video/quicktime"),
        (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm", "video", "video/webm"),
        (b"%PDF-1.7\n", "file", "application/pdf"),
    ],
)
def test_what_models_take_is_known_by_its_first_bytes(content: bytes, kind: str, mime: str) -> None:
    assert kind_of(content) == (kind, mime)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"PNG",
        b"GIF88a",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>",
        b"<html>%PDF-",
        b" %PDF-1.7",
        b"RIFF....AVI LIST",
        b"\x00\x00\x00\x20ftypheic....",
        b"\x1aE\xdf\xa3....matroska",
        b"\xff\xfe\x90\x00",
        b"\xff\xfb\xf0\x00",
        b"\xff\xfb\x0c\x00",
        b"\xff\xf1\x50\x80",
        b"MZ\x90\x00",
        b"PK\x03\x04",
        b"just text",
    ],
)
def test_anything_else_is_nothing(content: bytes) -> None:
    assert kind_of(content) is None
