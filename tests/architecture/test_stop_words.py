"""The page shows an end whose word nobody knows by that word: so it must know every word that an adapter knows."""

import importlib
import re
from pathlib import Path

from providers.catalog import load_catalog

ROOT = Path(__file__).resolve().parents[2]
MAPS = (
    "providers.adapters.bedrock_converse.stream",
    "providers.adapters.bedrock_invoke.completions",
    "providers.adapters.gemini_generate.stream",
    "providers.adapters.ollama_chat.stream",
    "providers.adapters.openai_chat.stream",
    "providers.adapters.yandex_completion.stream",
    "providers.dialects.cohere.answer",
    "providers.dialects.messages.parser",
)
SHOWN_APART = {"pause_turn"}


def test_the_page_knows_the_words_for_a_normal_end() -> None:
    script = (ROOT / "static/js/core/status.js").read_text(encoding="utf-8")
    found = re.search(r'const STOPS = new Set\(\s*"([a-z_ ]+)"', script)
    assert found is not None
    known = set(found[1].split())
    for name in MAPS:
        words = {word.lower() for word, reason in importlib.import_module(name).FINISH.items() if reason == "stop"}
        assert words, name
        assert words - SHOWN_APART <= known, name
    for spec in load_catalog().values():
        assert {word.lower() for word, reason in spec.quirks.finish_map.items() if reason == "stop"} <= known, spec.slug
