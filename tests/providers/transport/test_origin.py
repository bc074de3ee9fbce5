"""Plain URLs have one reading; others are refused rather than interpreted."""

import pytest

from providers.contract.errors import SetupError
from providers.transport.origin import origin_of, parse_base_url, parse_origin


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://api.example.com/v1", "https://api.example.com:443"),
        ("HTTPS://API.Example.com", "https://api.example.com:443"),
        ("http://localhost:11434/v1", "http://localhost:11434"),
        ("http://[::1]:8080/v1", "http://[::1]:8080"),
        ("https://host/openai?api-version=2024-10-21", "https://host:443"),
        ("http://10.0.0.5/v1", "http://10.0.0.5:80"),
        ("http://gpu.4090.lan/v1", "http://gpu.4090.lan:80"),
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
        "http://2852039166/v1",
        "http://0xa9fea9fe/v1",
        "http://127.1/v1",
        "http://0177.0.0.1/v1",
        "http://127.0.0.0x1/v1",
        "http://127.0.0.1.5/v1",
    ],
)
def test_anything_strange_is_refused(url: str) -> None:
    with pytest.raises(SetupError):
        parse_origin(url)


@pytest.mark.parametrize(
    "host",
    ["169.254.169.254", "[::ffff:169.254.169.254]", "[fd00:ec2::254]", "[fe80::1]", "100.100.100.200", "224.0.0.1"],
)
def test_what_could_never_be_reached_is_refused_when_it_is_entered(host: str) -> None:
    with pytest.raises(SetupError, match="ever sent to this address"):
        parse_base_url(f"http://{host}/v1")


@pytest.mark.parametrize("host", ["127.0.0.1:11434", "10.0.0.5", "[::1]", "localhost", "api.example.com"])
def test_what_could_be_allowed_is_not(host: str) -> None:
    assert parse_base_url(f"http://{host}/v1") == parse_origin(f"http://{host}/v1")
