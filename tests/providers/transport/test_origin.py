"""Plain URLs have one reading; others are refused rather than interpreted."""

import pytest

from providers.contract.errors import SetupError
from providers.transport.origin import origin_of, parse_origin


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://api.example.com/v1", "https://api.example.com:443"),
        ("HTTPS://API.Example.com", "https://api.example.com:443"),
        ("http://localhost:11434/v1", "http://localhost:11434"),
        ("http://[::1]:8080/v1", "http://[::1]:8080"),
        ("https://host/openai?api-version=2024-10-21", "https://host:443"),
        ("http://my_model-server:4000", "http://my_model-server:4000"),
    ],
)
def test_origin_with_its_port(url: str, origin: str) -> None:
    assert origin_of(url) == origin


def test_address_is_what_administrators_allow() -> None:
    assert parse_origin("http://localhost:11434/v1").address == "localhost:11434"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.example.com",
        "ftp://host/",
        "https://user:secret@host/v1",
        "https://host@evil.example/v1",
        "https://evil.example\\@host/v1",
        "https://ho st/v1",
        "https://host/v 1",
        "https://host\t/v1",
        "https://host/v1\r\nx: y",
        "http:///127.0.0.1/",
        "http:127.0.0.1",
        "https://①②⑦.0.0.1/",
        "https://127。0。0。1/",
        "https://host:0/",
        "https://host:70000/",
        "https://host:/v1",
        "https://host/v1#part",
        "https://[::1/v1",
        "https://-host/",
    ],
)
def test_anything_strange_is_refused(url: str) -> None:
    with pytest.raises(SetupError):
        parse_origin(url)
