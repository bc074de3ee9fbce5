"""What is allowed, as values."""

import pytest

from compare_site.comparisons.rights import NOTHING, Rights, Wanted, problem_of


@pytest.mark.parametrize(
    ("rights", "wanted", "code"),
    [
        (Rights(), Wanted("any/thing", typed=True, extra=True), None),
        (NOTHING, Wanted("demo/fast"), "read_only"),
        (Rights(models=("demo/*",)), Wanted("demo/fast"), None),
        (Rights(models=("demo/*",)), Wanted("openai/gpt"), "model_not_allowed"),
        (Rights(models=("openai/gpt-*", "group/*")), Wanted("group/team"), None),
        (Rights(models=("openai/gpt-*",)), Wanted("OpenAI/GPT-5"), "model_not_allowed"),
        (Rights(typed_models=False), Wanted("openai/x", typed=True), "typed_not_allowed"),
        (Rights(typed_models=False), Wanted("openai/x"), None),
        (Rights(extra_fields=False), Wanted("openai/x", extra=True), "extra_not_allowed"),
    ],
)
def test_what_is_allowed(rights: Rights, wanted: Wanted, code: str | None) -> None:
    problem = problem_of(rights, [wanted])

    assert (problem.code if problem else None) == code


def test_the_column_is_named() -> None:
    problem = problem_of(Rights(models=("demo/*",)), [Wanted("demo/fast"), Wanted("openai/gpt")])

    assert problem is not None
    assert problem.details == {"field": "models.1", "model": "openai/gpt"}
    assert "openai/gpt" in problem.message
