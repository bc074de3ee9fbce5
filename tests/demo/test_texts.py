"""Words of the simulated provider."""

from itertools import islice

import pytest

from compare_site.demo import texts


@pytest.mark.parametrize("text", [texts.MARKDOWN, texts.REFUSAL, "  a\n\n中文，b \u2028\x00 ", *texts.ODD])
def test_tokens_lose_nothing(text: str) -> None:
    assert "".join(texts.tokens(text)) == text


def test_prose_depends_on_its_key_alone() -> None:
    first, again, other = ("".join(islice(texts.sentences(key), 20)) for key in ("a", "a", "b"))

    assert first == again
    assert first != other


def test_odd_characters_come_only_when_asked_for() -> None:
    plain, odd, null = ("".join(islice(texts.sentences("k", level), 200)) for level in (0, 1, 2))

    assert plain.isascii()
    assert all(text in odd for text in texts.ODD)
    assert "\x00" not in odd
    assert "\x00" in null


def test_the_markdown_page_has_every_kind_of_block() -> None:
    for mark in ("\n# ", "\n## ", "\n### ", "\n   - ", "```python", "```js", "\n|:---", "$$", "$\\int", "\n> ", "中文"):
        assert mark in texts.MARKDOWN
