"""The form of a new batch: it speaks to people, ``inputs.StartBatch`` decides."""

from pathlib import PurePath
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from compare_site.words import mebibytes

TEXT_FIELDS = ("title", "system")


class BatchForm(forms.Form):
    """Inputs as lines or as a file, models as lines."""

    title = forms.CharField(max_length=200, required=False)
    inputs = forms.CharField(required=False, max_length=1_500_000, strip=False)
    file = forms.FileField(required=False)
    models = forms.CharField(
        max_length=20_000, error_messages={"required": _("Name at least one model, one in each line.")}
    )
    system = forms.CharField(required=False, max_length=1_000_000)
    temperature = forms.FloatField(required=False, min_value=0, max_value=10)
    max_tokens = forms.IntegerField(required=False, min_value=1, max_value=10_000_000)
    max_concurrency = forms.IntegerField(min_value=1, max_value=32, initial=4)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        lines = [line for line in (cleaned.get("inputs") or "").splitlines() if line.strip()]
        file = cleaned.get("file")
        if bool(lines) == bool(file):
            self.add_error("inputs", _("Write one input in each line, or choose a file: one of the two."))
        elif file is not None:
            self._read(file)
        else:
            cleaned["asked_inputs"] = {"inputs": lines}
        return cleaned

    def _read(self, file: Any) -> None:
        kinds = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}
        kind = kinds.get(PurePath(file.name).suffix.lower())
        if kind is None:
            self.add_error("file", _("Choose a file that ends in .csv or .jsonl."))
            return
        if file.size > settings.FILE_MAX_BYTES:
            self.add_error(
                "file", _("This file is larger than %(most)s.") % {"most": mebibytes(settings.FILE_MAX_BYTES)}
            )
            return
        try:
            text = file.read().decode("utf-8-sig")
        except UnicodeDecodeError:
            self.add_error("file", _("This file is not in UTF-8. Save it as “CSV UTF-8”."))
            return
        self.cleaned_data["asked_inputs"] = {"file": {"format": kind, "text": text}}

    @property
    def asked(self) -> dict[str, Any]:
        """The body that the API would take."""
        cleaned = self.cleaned_data
        params = {name: cleaned[name] for name in ("temperature", "max_tokens") if cleaned.get(name) is not None}
        said = {name: cleaned[name] for name in TEXT_FIELDS if cleaned.get(name)}
        return {
            **cleaned["asked_inputs"],
            **said,
            **({"params": params} if params else {}),
            "models": [line.strip() for line in cleaned["models"].splitlines() if line.strip()],
            "max_concurrency": cleaned["max_concurrency"],
        }

    def place(self, field: str) -> str:
        """The field of the form that a field of the API stands for."""
        first, _dot, rest = field.partition(".")
        if first == "params":
            first = rest
        if first == "inputs" and "file" in self.cleaned_data.get("asked_inputs", {}):
            return "file"
        return first if first in self.fields else "inputs"
