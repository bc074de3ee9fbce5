"""AWS Bedrock's InvokeModel: every vendor's own body, in AWS's frames."""

from collections.abc import Mapping

from providers.adapters import get_adapter
from providers.adapters.bedrock_invoke.render import render
from providers.adapters.bedrock_invoke.stream import InvokeParser
from providers.contract.adapter import Adapter
from providers.contract.errors import ProviderError
from providers.dialects.protocol import WireProtocol


def classify(status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
    """Errors are AWS's own, whichever vendor's body was sent."""
    return get_adapter("bedrock_converse").classify(status, headers, body)


ADAPTER: Adapter = WireProtocol("bedrock_invoke", render, InvokeParser, classify)
