"""What may be asked of a batch, and the inputs in CSV and JSON lines. Every problem is told with its input or line."""

import csv
import io
import json
from collections.abc import Iterator
from itertools import islice
from typing import Annotated, Any, Literal

from django.conf import settings
from django.utils.translation import gettext as _
from pydantic import BeforeValidator, Field, JsonValue, StringConstraints, model_validator

from compare_site.comparisons.clean import clean, is_too_deep
from compare_site.comparisons.requests import (
    MAX_TEXT,
    Asking,
    Common,
    Input,
    Metadata,
    NamedColumn,
    StartComparison,
    Tags,
    Text,
)

MOST_INPUTS = 5000
OWN_METADATA = 2
"""Entries that we add: the batch and the index."""
DELIMITERS = (",", ";", "\t")
Title = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
csv.field_size_limit(MAX_TEXT + 1)


class BadFile(Exception):
    """The file cannot be read; ``line`` is where, 0 for the whole."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.message = _("Line %(line)d: %(message)s") % {"line": line, "message": message} if line else message
        self.line = line


class File(Input):
    """Inputs as text. CSV has a first line of names: ``prompt``, ``system``, ``title``; others become metadata.

    With a ``prompt_version`` the other columns are its variables.
    """

    format: Literal["csv", "jsonl"]
    text: Annotated[str, StringConstraints(min_length=1, max_length=settings.FILE_MAX_BYTES)]


class OneInput(Asking):
    """What differs from one input to the next."""

    title: Title | None = None
    metadata: Annotated[Metadata, Field(max_length=16 - OWN_METADATA)] = Field(default_factory=dict)


def _as_input(value: Any) -> Any:
    return {"prompt": value} if isinstance(value, str) else value


Inputs = Annotated[
    list[
        Annotated[dict[str, JsonValue], BeforeValidator(_as_input, json_schema_input_type=str | dict[str, JsonValue])]
    ],
    Field(min_length=1, max_length=MOST_INPUTS),
]


class StartBatch(Common):
    """Many inputs to the same models: a list of them, or a file."""

    inputs: Inputs | None = None
    file: File | None = None
    models: list[NamedColumn] = Field(min_length=1, max_length=32)
    system: Text | None = None
    prompt_version: Annotated[str, StringConstraints(max_length=32)] | None = None
    """The inputs are variables of it."""
    title: Title | None = None
    tags: Tags = Field(default_factory=list)
    max_concurrency: int = Field(default=4, ge=1, le=32)

    @model_validator(mode="after")
    def _one_of(self) -> "StartBatch":
        if (self.inputs is None) == (self.file is None):
            raise ValueError("give either inputs or a file")
        return self

    def shared(self) -> dict[str, Any]:
        """What all comparisons of it have in common, as it was said."""
        return self.model_dump(
            mode="json",
            by_alias=True,
            exclude_unset=True,
            exclude={"inputs", "file", "title", "max_concurrency", "prompt_version"},
        )

    def each(self) -> list[dict[str, Any]]:
        """The inputs as objects. Raises BadFile."""
        if self.file is None:
            found = list(self.inputs or ())
        else:
            reader = read_csv if self.file.format == "csv" else read_jsonl
            # No more of them than it takes to see that there are too many: a small file may hold millions.
            found = list(islice(reader(self.file.text, as_variables=self.prompt_version is not None), MOST_INPUTS + 1))
            if not found:
                raise BadFile(_("There is no input in this file."))
            if len(found) > MOST_INPUTS:
                raise BadFile(_("At most %d inputs at once.") % MOST_INPUTS)
        if self.prompt_version is None:
            return found
        return [{"prompt_version": self.prompt_version, **asked} for asked in found]


def started(shared: dict[str, Any], asked: dict[str, Any], **ours: str) -> StartComparison:
    """What is asked for one input. Its own system prompt and title win; ``ours`` is added to its metadata."""
    metadata = {**asked.get("metadata", {}), **ours}
    return StartComparison.model_validate({**shared, **asked, "metadata": metadata})


def read_csv(text: str, *, as_variables: bool = False) -> Iterator[dict[str, Any]]:
    """The inputs of a CSV file, whatever its delimiter is. Empty lines are left out. Raises BadFile."""
    text = clean(text).removeprefix("\ufeff")
    first = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        names = [name.strip() for name in next(rows, [])]
        _check_names(names, as_variables=as_variables)
        for row in rows:
            if not any(cell.strip() for cell in row):
                continue
            if len(row) > len(names):
                raise BadFile(_("More fields than the first line has names."), rows.line_num)
            yield _of_cells(dict(zip(names, row, strict=False)), as_variables=as_variables)
    except csv.Error as error:
        raise BadFile(str(error), rows.line_num) from None


def _check_names(names: list[str], *, as_variables: bool) -> None:
    if len(set(names)) < len(names) or not all(names):
        raise BadFile(_("The names in the first line must be there, and each only once."), 1)
    if not as_variables and "prompt" not in names:
        raise BadFile(_("The first line must name the fields, and one of them “prompt”."), 1)


def _of_cells(cells: dict[str, str], *, as_variables: bool) -> dict[str, Any]:
    said: dict[str, Any] = {name: cells.pop(name) for name in ("system", "title") if cells.get(name)}
    if as_variables:
        return {**said, "variables": {name: cell for name, cell in cells.items() if name not in said}}
    said["prompt"] = cells.pop("prompt", "")
    metadata = {name: cell for name, cell in cells.items() if cell and name not in {"system", "title"}}
    return {**said, "metadata": metadata} if metadata else said


def read_jsonl(text: str, *, as_variables: bool = False) -> Iterator[dict[str, Any]]:
    """The inputs of a file with a JSON value a line: a text, or an object as in ``inputs``. Raises BadFile."""
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line, parse_constant=_no_number)
        except (ValueError, RecursionError):
            raise BadFile(_("This is no JSON."), number) from None
        if isinstance(value, str) and not as_variables:
            value = {"prompt": value}
        if not isinstance(value, dict) or is_too_deep(value):
            raise BadFile(_("This must be a text or an object."), number)
        yield clean(value)


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
