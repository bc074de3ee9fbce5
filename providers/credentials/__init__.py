"""Authenticates a request just before it is sent: a header, a signature or a token, for the key's own origins only."""

from providers.credentials.removal import REMOVED, proof_of, without_key
from providers.credentials.signing import authorize

__all__ = ["REMOVED", "authorize", "proof_of", "without_key"]
