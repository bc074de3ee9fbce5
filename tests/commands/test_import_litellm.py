"""``manage.py import_litellm``: the environment and files of whoever runs it, a report, and no key in it."""

from pathlib import Path

import pytest
from django.core.management.base import CommandError

from providers.models import ApiKey, ModelGroup
from tests.commands.run import run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("master_key")]
KEY = "sk-CANARY-of-the-command-0123456789"
CONFIG = """
model_list:
- model_name: smart
  litellm_params: {model: openai/gpt-6, api_key: os.environ/MY_OPENAI_KEY}
- model_name: local
  litellm_params: {model: hosted_vllm/m, api_base: "http://127.0.0.1:9/v1"}
"""


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG)
    return str(path)


def test_a_variable_of_the_environment_becomes_a_key(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_OPENAI_KEY", KEY)
    said = run("import_litellm", file, "--allow-private")

    assert "imported   model_list[0] smart: openai/gpt-6 in group/smart. A key was stored" in said
    assert "Done: 4 imported" in said
    assert KEY not in said
    assert ApiKey.objects.get().last_four == KEY[-4:]
    again = run("import_litellm", file, "--allow-private")
    assert "Done: 4 unchanged" in again


def test_without_the_variable_it_is_told(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MY_OPENAI_KEY", raising=False)
    said = run("import_litellm", file)

    assert "the variable MY_OPENAI_KEY is not there" in said
    assert "skipped    model_list[1] local: 127.0.0.1:9 is a private address" in said
    assert not ApiKey.objects.exists()


def test_a_trial_changes_nothing(file: str) -> None:
    assert "Only tried, nothing was changed" in run("import_litellm", file, "--dry-run")
    assert not ModelGroup.objects.exists()


def test_a_file_that_is_none_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        run("import_litellm", str(tmp_path / "nowhere.yaml"))
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("[")
    with pytest.raises(CommandError, match="near line 1"):
        run("import_litellm", str(wrong))


def test_an_account_of_google_may_be_a_file(tmp_path: Path) -> None:
    account = tmp_path / "account.json"
    account.write_text(
        '{"type": "service_account", "client_email": "a@b", "private_key": "-----BEGIN PRIVATE KEY-----\\nCANARY\\n"}'
    )
    config = tmp_path / "config.yaml"
    config.write_text(
        "model_list: [{model_name: g, litellm_params: {model: vertex_ai/gemini-3, vertex_project: p, "
        f"vertex_location: global, vertex_credentials: {account}}}}}]"
    )
    said = run("import_litellm", str(config))

    assert "A key was stored" in said
    assert "CANARY" not in said
