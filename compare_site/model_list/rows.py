"""One model, one provider as the pages show it: every fact in words, with its source and date."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from compare_site.comparisons.measured import DAYS, Speed
from compare_site.model_list import words
from providers.contract.spec import MediaRule
from providers.models import ApiKey
from providers.resolve import ModelListing, ProviderListing


def row_of(listing: ModelListing, speed: Speed | None) -> dict[str, Any]:
    """A line of the list."""
    prices = listing.prices or {}
    return {
        "id": listing.id,
        "url": f"{reverse('model')}?id={quote(listing.id, safe='')}",
        "name": listing.label,
        "model_id": listing.model_id if listing.label != listing.model_id else "",
        "provider": listing.provider_label,
        "available": listing.available,
        "why": listing.why_unavailable,
        "typed": listing.typed,
        "capabilities": words.capabilities(listing, words.SHORT_WORDS),
        "context": words.context(listing.context_window),
        "context_source": words.source_words(listing.fact_sources.get("context_window")),
        "input": words.price(prices.get("input")),
        "output": words.price(prices.get("output")),
        "priced": bool(prices),
        "price_source": words.source_words(listing.fact_sources.get("prices")),
        "speed": words.speed(speed.tokens_per_s if speed else None),
        "ttft": words.seconds(speed.ttft_ms if speed else None),
        "measured": measured_words(speed),
    }


def facts_of(listing: ModelListing, speed: Speed | None) -> dict[str, Any]:
    """All that is known of one model, for the page about it."""
    prices = listing.prices or {}
    size = listing.context_window
    return {
        **row_of(listing, speed),
        "capabilities": words.capabilities(listing, words.CAPABILITY_WORDS),
        "media": [
            {
                "word": str(words.MEDIA_WORDS[kind]),
                **{name: _form(value) for name, value in forms.items()},
                "rule": _rule(listing.media_rules.get(kind)),
            }
            for kind, forms in listing.media_forms.items()
        ],
        "tokens": "" if size is None else ngettext("%(n)s token", "%(n)s tokens", size) % {"n": f"{size:,}"},
        "prices": [
            {"word": str(word), "amount": words.price(prices[name])}
            for name, word in words.PRICE_WORDS.items()
            if prices.get(name)
        ],
        "efforts": ", ".join(listing.efforts or ()),
        "protocols": ", ".join(listing.protocols),
        "docs_url": words.web_address(listing.docs_url),
    }


def _rule(rule: MediaRule | None) -> str:
    """Which files, and how large."""
    if rule is None:
        return ""
    size = "" if rule.most is None else _("at most %s") % filesizeformat(rule.most)
    return ", ".join([*rule.types, *filter(None, [size])])


def _form(value: bool | None) -> dict[str, str]:
    return {"state": words.state_of(value), "said": words.said(value)}


def measured_words(speed: Speed | None) -> str:
    """What the measured numbers are made of."""
    if speed is None:
        return _("Nothing has been measured here within %(days)d days.") % {"days": DAYS}
    text = ngettext(
        "Median of %(n)d finished answer here since %(day)s.",
        "Median of the last %(n)d finished answers here since %(day)s.",
        speed.runs,
    )
    return text % {"n": speed.runs, "day": speed.since}


def end_notes(listing: ProviderListing, keys: Iterable[ApiKey]) -> list[str]:
    """What people who look after keys must know of those of a provider that end soon."""
    ended, ends = _("Its key %(key)s has ended on %(day)s."), _("Its key %(key)s ends on %(day)s.")
    own = (key for key in keys if key.provider.slug == listing.id)
    return [(ended if key.has_ended else ends) % {"key": key, "day": key.expires_on} for key in own]


def provider_row(listing: ProviderListing, admin_id: int | None) -> dict[str, Any]:
    """A line of the list of providers. ``admin_id``: its row, for somebody who may store keys."""
    missing = listing.key == "missing"
    return {
        "id": listing.id,
        "label": listing.label,
        "available": listing.available,
        "why": listing.why_unavailable,
        "key": str(words.KEY_WORDS[listing.key]),
        "key_state": "no" if missing else "yes",
        "variable": listing.variable,
        "docs_url": words.web_address(listing.docs_url),
        "keys_url": words.web_address(listing.keys_url) if listing.key != "none needed" else "",
        "local": listing.local,
        "protocols": ", ".join(word for word in listing.protocols if word != "auto"),
        "models": listing.models,
        "models_url": f"{reverse('models')}?provider={listing.id}",
        "add_url": f"{reverse('admin:providers_apikey_add')}?provider={admin_id}" if admin_id and missing else "",
    }
