"""Text in pieces of three characters, which an index can look up in any language: for texts, words and filters. Pure.

A piece begins at every character of every word, padded at the word's end: so words of one or two characters, most of
Chinese, are the beginnings of pieces. Pieces hold letters, digits and characters beyond ASCII only, which every
tokenizer leaves alone. What the index finds is a superset: whoever asks compares the texts themselves.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

SIZE = 3
PAD = "\ue0ff"
EVERY = "\ue0fe"
"""In every text: no set of pieces is empty."""
LONG = "\ue0fd"
"""Instead of the pieces of a text that has too many of them: it is a candidate for every search."""
MOST_CHARACTERS = 60_000
MOST_ASKED = 24
_PLAIN = {code: 0xE000 + code for code in range(128) if not (chr(code).isalnum() or chr(code).isspace())}
_KINDS = {"tag": "\ue101", "provider": "\ue102", "metadata": "\ue103"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a search looks up: all of ``whole``, and something that begins with each of ``starts``."""

    whole: tuple[str, ...]
    starts: tuple[str, ...]


def pieces(text: str, facets: Iterable[str] = ()) -> str:
    """The pieces of a folded text and the facets, separated by spaces, each once."""
    if len(text) > MOST_CHARACTERS:
        found = {LONG}
    else:
        found = {piece for word in set(text.translate(_PLAIN).split()) for piece in _of_word(word)}
    return " ".join(sorted({EVERY, *found, *facets}))


def wanted(words: Sequence[str], facets: Iterable[str] = ()) -> Wanted:
    """What to look up for these folded words and facets. Too many pieces are not needed: each narrows further."""
    whole: list[str] = []
    starts: list[str] = []
    for word in (each.translate(_PLAIN) for each in words):
        if len(word) < SIZE:
            starts.append(word)
        else:
            # Every other one: neighbours say nearly the same, and each costs a walk through all rows that have it.
            last = len(word) - SIZE
            whole += [word[at : at + SIZE] for at in (*range(0, last, 2), last)]
    unique = list(dict.fromkeys(whole))
    step = max(1, -(-len(unique) // MOST_ASKED))
    return Wanted((*facets, *unique[::step]), tuple(dict.fromkeys(starts))[:MOST_ASKED])


def facet(kind: str, value: str) -> str:
    """A filter that is met or not, as one piece of fixed length."""
    return _KINDS[kind] + hashlib.blake2b(value.encode(), digest_size=10).hexdigest()


def pair(key: str, value: str) -> str:
    """The value of a metadata facet: no two pairs make the same."""
    return f"{len(key)}:{key}={value}"


def _of_word(word: str) -> Iterable[str]:
    padded = word + PAD * (SIZE - 1)
    return (padded[at : at + SIZE] for at in range(len(word)))
