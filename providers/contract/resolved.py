"""What a call needs, gathered in one place: the answer of ``providers.resolve.resolve``."""

from dataclasses import dataclass, field

from providers.contract.adapter import Adapter
from providers.contract.limiter import Bucket
from providers.contract.routes import DIRECT, Routes
from providers.contract.secret import Secret
from providers.contract.spec import ProviderSpec


@dataclass(frozen=True, slots=True)
class Target:
    """Where and how one model is called. ``credential`` is None for servers without keys.

    ``origins``: the only origins ("https://host:port") the credential may be sent to. ``allow_private``: the
    administrator has allowed exactly this host and port although its address is private or loopback. ``buckets``: what
    limits its calls together with those of others; whoever narrows a target down may add one.
    """

    spec: ProviderSpec
    adapter: Adapter
    base_url: str
    model_id: str
    credential: Secret | None
    origins: frozenset[str]
    allow_private: bool = False
    prices: dict[str, str] | None = None
    capabilities: dict[str, bool] = field(default_factory=dict)
    key_pk: int | None = None
    buckets: tuple[Bucket, ...] = ()
    routes: Routes = DIRECT
