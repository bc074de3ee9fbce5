"""What the page of a key shows of its health: calls and errors, money, runs with people, and where it is sent."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from providers.custody import origins_of
from providers.models import STRAIGHT, ApiKey, Provider
from providers.resolve.key_health import DAY, KINDS, REMIND_DAYS, WEEK, Spent, counts, reports, spent

WORDS = {
    "good": gettext_lazy("good"),
    "unauthorized": gettext_lazy("401 not known"),
    "forbidden": gettext_lazy("402, 403 not allowed"),
    "limited": gettext_lazy("429 rate limited"),
    "server": gettext_lazy("5xx of the provider"),
    "no_answer": gettext_lazy("no answer"),
    "rest": gettext_lazy("other errors"),
}
SHORT = {"unauthorized": "401", "forbidden": "403", "limited": "429", "server": "5xx", "no_answer": "–"}


def calls_table(key: ApiKey) -> SafeString:
    """Calls by how they ended, of a day and of a week."""
    day, week = counts(key.pk, DAY), counts(key.pk, WEEK)
    rows = ((word, day[kind], week[kind]) for kind, word in WORDS.items())
    lines = format_html_join("", "<tr><th>{}</th><td>{}</td><td>{}</td></tr>", rows)
    sums = (money(spent(key.pk, DAY)), money(spent(key.pk, WEEK)))
    return format_html(
        "<table><thead><tr><th>{}</th><th>{}</th><th>{}</th></tr></thead><tbody>{}<tr><th>{}</th><td>{}</td><td>{}</td>"
        "</tr><tr><th>{}</th><td>{}</td><td>{}</td></tr></tbody></table>",
        _("Calls"),
        _("24 hours"),
        _("7 days"),
        lines,
        _("all"),
        day["all"],
        week["all"],
        _("spent"),
        *sums,
    )


def errors_in_short(row: Any) -> str:
    """ "429 ×14 · 5xx ×1" of the last week, of a row that comes with its counts; and of how many calls."""
    found = {kind: getattr(row, f"week_{kind}") for kind in KINDS}
    rest = row.week_all - sum(found.values())
    parts = [f"{SHORT[kind]} ×{found[kind]}" for kind in SHORT if found[kind]]
    parts += [f"{_('others')} ×{rest}"] if rest else []
    if not row.week_all:
        return "–"
    of = ngettext("%(n)d call", "%(n)d calls", row.week_all) % {"n": row.week_all}
    return " · ".join([*parts, of])


def money(sum_of: Spent) -> str:
    """What was spent, with a sign before it if a part is estimated, and how many calls are not in it: nobody knows
    what they cost."""
    amount, unknown, estimated = sum_of
    about = f"≈ {usd(amount)}" if estimated else usd(amount)
    if not unknown:
        return about
    if not amount and not estimated:
        return ngettext("%(n)d call of unknown cost", "%(n)d calls of unknown cost", unknown) % {"n": unknown}
    words = ngettext("%(cost)s + %(n)d call of unknown cost", "%(cost)s + %(n)d calls of unknown cost", unknown)
    return words % {"cost": about, "n": unknown}


def usd(amount: Decimal | None) -> str:
    """Dollars; small amounts keep the digits that matter."""
    if not amount:
        return "$0"
    return f"${number_format(round(amount, 2 if amount >= 1 else 4 if amount >= Decimal('0.01') else 6))}"


def latest_runs(key: ApiKey) -> SafeString | str:
    """Who used it on which run."""
    there = reports()
    if there is None:
        return "–"
    runs = there.runs(key.pk)
    if not runs:
        return _("No run that is still kept has used it.")
    lines = format_html_join(
        "",
        '<li><a href="{}">{}</a> {} · {} · {}</li>',
        (
            (
                run.url,
                date_format(timezone.localtime(run.at), "Y-m-d H:i"),
                run.user,
                run.model,
                " · ".join(filter(None, (run.state, run.error, run.cost))),
            )
            for run in runs
        ),
    )
    more = there.all_runs(key.pk)
    return format_html('<ul>{}</ul><p><a href="{}">{}</a></p>', lines, more, _("all runs of this key"))


def egress(provider: Provider) -> str:
    """The hosts that requests to a provider go to, and by which way."""
    hosts = ", ".join(sorted(origins_of(provider))) or "–"
    if provider.proxy and provider.proxy != STRAIGHT:
        return _("%(hosts)s, by the proxy %(proxy)s") % {"hosts": hosts, "proxy": provider.proxy}
    if settings.OUTGOING_PROXY and not provider.proxy:
        return _("%(hosts)s, by the proxy of this site") % {"hosts": hosts}
    return _("%(hosts)s, directly") % {"hosts": hosts}


def end_words(key: ApiKey) -> str:
    """How long a key will still be used; empty without an end that is near."""
    if key.expires_on is None:
        return ""
    days = (key.expires_on - timezone.now().date()).days
    if days < 0:
        return _("It has ended and is not used any more.")
    if days > REMIND_DAYS:
        return ""
    if days == 0:
        return _("Today is its last day.")
    return ngettext("It ends in %(days)d day.", "It ends in %(days)d days.", days) % {"days": days}


def with_others(key: ApiKey, among: Mapping[int, ApiKey]) -> str:
    """Where it stands among the keys of its provider: which one is used first."""
    usable = sorted((each for each in among.values() if each.is_usable), key=lambda each: each.precedence)
    if key.pk not in {each.pk for each in usable}:
        return _("It is not used: switched off, ended, or not stored.")
    if usable[0].pk == key.pk:
        return _("It is used first.")
    return _("It is used only where %s cannot be: when that one is switched off, ends, or is refused.") % usable[0]
