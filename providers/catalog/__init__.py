"""Facts about providers, one ``<slug>.toml`` each: data only. Adding a file adds a provider."""

import json
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from pydantic import ValidationError

from providers.contract.errors import SetupError
from providers.contract.spec import ProviderSpec

FOLDER = Path(__file__).parent


@lru_cache(maxsize=1)
def load_catalog() -> Mapping[str, ProviderSpec]:
    """Slug -> facts of every provider in the catalog. SetupError names the file that is wrong."""
    specs = (read_spec(path) for path in sorted(FOLDER.glob("*.toml")))
    return MappingProxyType({spec.slug: spec for spec in specs})


def read_spec(path: Path) -> ProviderSpec:
    """One catalog file, checked."""
    try:
        facts = tomllib.loads(path.read_text(encoding="utf-8"))
        spec = ProviderSpec.model_validate_json(json.dumps(facts), strict=True)
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise SetupError("bad_request", f"The catalog file {path.name} is wrong: {error}") from None
    if spec.slug != path.stem:
        raise SetupError("bad_request", f"The catalog file {path.name} must say slug = {path.stem!r}.")
    return spec
