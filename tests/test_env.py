"""Reading the environment: values, files of secrets, and loud failures."""

from pathlib import Path

import pytest

from compare_site import env


def test_text_comes_from_the_variable_or_from_its_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert env.text("TS_X", "default") == "default"
    monkeypatch.setenv("TS_X", "plain")
    assert env.text("TS_X") == "plain"
    (tmp_path / "secret").write_text("from a file\n")
    monkeypatch.setenv("TS_X_FILE", str(tmp_path / "secret"))
    assert env.text("TS_X") == "from a file"


def test_a_file_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TS_X_FILE", str(tmp_path / "none"))

    with pytest.raises(env.BadSetting, match="TS_X_FILE points to a file that cannot be read"):
        env.text("TS_X")


@pytest.mark.parametrize(
    ("value", "expected"), [("1", True), ("YES", True), ("off", False), ("False", False), ("", True)]
)
def test_boolean(monkeypatch: pytest.MonkeyPatch, value: str, expected: bool) -> None:
    monkeypatch.setenv("TS_X", value)

    assert env.boolean("TS_X", default=True) is expected


def test_a_strange_boolean_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TS_X", "maybe")

    with pytest.raises(env.BadSetting, match="TS_X must be true or false"):
        env.boolean("TS_X", default=True)


@pytest.mark.parametrize(("value", "wrong"), [("x", "a whole number"), ("1.5", "a whole number"), ("0", "at least 1")])
def test_a_strange_integer_is_an_error(monkeypatch: pytest.MonkeyPatch, value: str, wrong: str) -> None:
    assert env.integer("TS_X", 7) == 7
    monkeypatch.setenv("TS_X", value)

    with pytest.raises(env.BadSetting, match=f"TS_X must be {wrong}"):
        env.integer("TS_X", 7, least=1)


def test_items_are_words_without_blanks(monkeypatch: pytest.MonkeyPatch) -> None:
    assert env.items("TS_X", ("a",)) == ("a",)
    monkeypatch.setenv("TS_X", " b, ,c ")

    assert env.items("TS_X") == ("b", "c")


def test_a_number_has_its_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TS_X", "65536")
    assert env.integer("TS_X", 1) == 65536
    with pytest.raises(env.BadSetting, match="TS_X must be at most 65535"):
        env.integer("TS_X", 1, most=65535)


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("", ""),
        ("https://compare.example.org", "https://compare.example.org"),
        ("https://Compare.Example.org:443/", "https://compare.example.org"),
        ("http://10.0.0.5:8642", "http://10.0.0.5:8642"),
        ("http://[::1]:8642", "http://[::1]:8642"),
    ],
)
def test_an_address_is_as_browsers_write_it(monkeypatch: pytest.MonkeyPatch, value: str, address: str) -> None:
    monkeypatch.setenv("TS_X", value)
    assert env.web_address("TS_X") == address


@pytest.mark.parametrize(
    "value", ["compare.example.org", "ftp://x", "https://x/touchstone", "https://a:b@x", "https://x y"]
)
def test_anything_else_is_no_address(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("TS_X", value)
    with pytest.raises(env.BadSetting, match="TS_X must be like https:"):
        env.web_address("TS_X")
