"""Nothing that a model says reaches the terminal as a command."""

import pytest

from compare_site.management.terminal import harmless


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\ttext\nand 中文 😀 👩\u200d💻", "plain\ttext\nand 中文 😀 👩\u200d💻"),
        ("\x1b[31mred\x1b]0;title\x07", "␛[31mred␛]0;title␇"),
        ("a\rb\x08\x7f", "a␍b␈␡"),
        ("one\r\ntwo", "one\ntwo"),
        ("\x9b31m\x90\u202e\u2066\u2028\ufeff", "\ufffd31m\ufffd\ufffd\ufffd\ufffd\ufffd"),
    ],
)
def test_controls_are_shown_and_not_obeyed(text: str, shown: str) -> None:
    assert harmless(text) == shown
