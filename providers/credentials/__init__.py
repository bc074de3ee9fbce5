"""From a secret to what proves who asks, at the last moment before sending. A key goes to its own origins only."""

from providers.credentials.removal import REMOVED, proof_of, without_key
from providers.credentials.signing import authorize

__all__ = ["REMOVED", "authorize", "proof_of", "without_key"]
