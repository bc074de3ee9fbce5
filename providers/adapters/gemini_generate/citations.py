"""Where an answer has its knowledge from: grounding, citations of sources, pages that were read."""

from collections.abc import Iterator
from typing import Any

from providers.dialects.jsonvalue import as_dict, as_list, as_text

SOURCES = ("web", "retrievedContext", "maps", "image")


def sources(candidate: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Each source as the data of a citation block, in the order given; what is repeated comes again."""
    grounding = as_dict(candidate.get("groundingMetadata"))
    for chunk in as_list(grounding.get("groundingChunks")):
        for name in SOURCES:
            yield from _source(as_dict(as_dict(chunk).get(name)))
    cited = as_dict(candidate.get("citationMetadata"))
    for source in (*as_list(cited.get("citationSources")), *as_list(cited.get("citations"))):
        yield from _source(as_dict(source))


def _source(source: dict[str, Any]) -> Iterator[dict[str, Any]]:
    url = as_text(source.get("uri")) or as_text(source.get("sourceUri"))
    store = as_text(source.get("documentName")) or as_text(source.get("fileSearchStore"))
    title = as_text(source.get("title")) or as_text(source.get("domain")) or ("" if url else store)
    said = {"url": url, "title": title, "text": as_text(source.get("text"))}
    if url or title:
        yield {name: value for name, value in said.items() if value}


def searches(candidate: dict[str, Any]) -> tuple[str, ...]:
    """What Google searched the web for."""
    queries = as_dict(candidate.get("groundingMetadata")).get("webSearchQueries")
    return tuple(query for query in as_list(queries) if isinstance(query, str) and query)


def pages(candidate: dict[str, Any]) -> list[dict[str, str]]:
    """The pages that were read because the prompt named them, with how that went."""
    found = as_list(as_dict(candidate.get("urlContextMetadata")).get("urlMetadata"))
    return [
        {"url": as_text(page.get("retrievedUrl")), "status": as_text(page.get("urlRetrievalStatus"))}
        for page in map(as_dict, found)
        if as_text(page.get("retrievedUrl"))
    ]
