"""Shows the providers: where they are and how each proves who asks. No key is decrypted for it."""

from typing import Any

from compare_site.management.site_command import SiteCommand
from providers.resolve import overview

HEADINGS = ("SLUG", "NAME", "PROTOCOL", "BASE URL", "KEY", "MODELS")


class Command(SiteCommand):
    help = "Lists the providers with their addresses, keys (never the key itself) and number of models."

    def handle(self, *args: Any, **options: Any) -> None:
        rows = [HEADINGS]
        for line in overview():
            name = line.name if line.enabled else f"{line.name} (off)"
            rows.append((line.slug, name, line.protocol, line.base_url, line.key, str(line.models)))
        widths = [max(len(row[place]) for row in rows) for place in range(len(HEADINGS))]
        for row in rows:
            self.stdout.write("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
