"""In which form a provider can be given pictures, sounds, videos and PDF files: found by writing such a request.

So what is told here is what is sent: where a protocol has no shape for a form, the adapter says so.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from providers.adapters import get_adapter
from providers.contract.errors import ProviderError, SetupError
from providers.contract.messages import ChatRequest, ContentBlock, Message
from providers.contract.spec import ProviderSpec

Forms = dict[str, dict[str, bool | None]]
"""kind -> {"url", "base64"} -> yes, no or unknown."""
Written = dict[str, tuple[bool, bool]]
KINDS = {
    "image": ("image", "image_input", "image/png"),
    "audio": ("audio", "audio_input", "audio/wav"),
    "video": ("video", "video_input", "video/mp4"),
    "pdf": ("file", "pdf_input", "application/pdf"),
}
ADDRESS = "https://example.com/file"
DATA = "AAAA"


def media_forms(spec: ProviderSpec, protocol: str, can: Mapping[str, bool | None]) -> Forms:
    """What a model with these capabilities takes. An address counts as taken only where that is documented."""
    return forms_of(spec, protocol, can, written(spec, protocol))


def written(spec: ProviderSpec, protocol: str) -> Written:
    """kind -> whether the protocol has a shape for an address, and one for data."""
    return _written(spec.model_dump_json(exclude={"models"}), protocol)


def forms_of(spec: ProviderSpec, protocol: str, can: Mapping[str, bool | None], writes: Written) -> Forms:
    """The same where ``written`` is known already."""
    found: Forms = {}
    for kind, (_block, capability, _type) in KINDS.items():
        takes = can.get(capability)
        by_url, by_data = writes[kind]
        fetched = True if kind in spec.media_urls and protocol == spec.protocol else None
        found[kind] = {"url": _both(takes, fetched) if by_url else False, "base64": takes if by_data else False}
    return found


def _both(takes: bool | None, fetched: bool | None) -> bool | None:
    return takes if takes is not True else fetched


@lru_cache(maxsize=256)
def _written(facts: str, protocol: str) -> Written:
    spec = ProviderSpec.model_validate_json(facts)
    return {
        kind: (
            _writes(spec, protocol, block, {"url": ADDRESS, "media_type": media_type}),
            _writes(spec, protocol, block, {"data": DATA, "media_type": media_type}),
        )
        for kind, (block, _capability, media_type) in KINDS.items()
    }


def _writes(spec: ProviderSpec, protocol: str, kind: Any, data: dict[str, Any]) -> bool:
    blocks = (ContentBlock(kind="text", text="?"), ContentBlock(kind=kind, name="file", data=data))
    request = ChatRequest(model_id="m", messages=(Message(role="user", content=blocks),))
    try:
        get_adapter(protocol).render(request, spec)
    except (ProviderError, SetupError):
        return False
    return True
