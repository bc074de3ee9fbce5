"""Google's generateContent, as AI Studio and Vertex AI speak it: one body, two addresses, two kinds of credential."""

from collections.abc import Mapping

from providers.adapters.gemini_generate.errors import refined
from providers.adapters.gemini_generate.render import render
from providers.adapters.gemini_generate.stream import GenerateParser
from providers.contract.adapter import Adapter
from providers.contract.errors import ProviderError
from providers.dialects.errors import classify_response
from providers.dialects.protocol import WireProtocol


def classify(status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
    """As any server's error, then by what Google's details say."""
    return refined(classify_response(status, headers, body), body)


ADAPTER: Adapter = WireProtocol("gemini_generate", render, lambda spec: GenerateParser(spec.gemini), classify)
