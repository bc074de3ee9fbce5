"""Tests mirror the tree: whoever changes a module finds its tests by its name."""

from pathlib import Path

from tests.architecture.test_budgets import ROOT, tracked

NO_TESTS_OF_THEIR_OWN = {"__init__", "__main__", "apps", "urls", "routing", "settings", "admin"}
"""Wiring, which the tests of what is wired cover."""
COVERED_ELSEWHERE: dict[str, str] = {
    "providers/transport/proxy_failure.py": "tests/providers/transport/test_proxy.py",
    "compare_site/comparisons/learning.py": "tests/comparisons/test_refused.py",
    "providers/audit_rows.py": "tests/providers/test_admin_audit.py",
    "compare_site/comparisons/key_reports.py": "tests/providers/test_key_health.py",
    "providers/admin/key_health.py": "tests/providers/test_key_health.py",
    "compare_site/model_list/finding.py": "tests/model_list/test_views.py",
    "compare_site/model_list/forms.py": "tests/model_list/test_views.py",
    "compare_site/model_list/rows.py": "tests/model_list/test_views.py",
    "providers/key_rows.py": "tests/providers/test_key_uses.py",
    "compare_site/accounts/forms.py": "tests/accounts/test_views.py",
    "compare_site/accounts/spending.py": "tests/comparisons/test_spend.py",
    "compare_site/comparisons/spend_admin.py": "tests/comparisons/test_spend.py",
    "compare_site/accounts/invited.py": "tests/accounts/test_invitations.py",
    "compare_site/accounts/inviting.py": "tests/accounts/test_invitations.py",
    "compare_site/accounts/models.py": "tests/accounts/test_tokens.py",
    "compare_site/comparisons/attachment_rows.py": "tests/comparisons/test_attachments.py",
    "compare_site/comparisons/uploads.py": "tests/api/test_attachments.py",
    "compare_site/comparisons/bills.py": "tests/comparisons/test_meter.py",
    "compare_site/comparisons/spend_rows.py": "tests/comparisons/test_ledger.py",
    "compare_site/comparisons/json_schema.py": "tests/comparisons/test_structured.py",
    "compare_site/comparisons/limit_scripts.py": "tests/comparisons/test_limiter.py",
    "compare_site/comparisons/prompt_source.py": "tests/library/test_filling.py",
    "compare_site/library/access.py": "tests/api/test_prompts.py",
    "compare_site/library/inputs.py": "tests/api/test_prompts.py",
    "compare_site/library/models.py": "tests/library/test_actions.py",
    "compare_site/library/shown.py": "tests/api/test_prompts.py",
    "compare_site/management/commands/export.py": "tests/commands/test_compare.py",
    "compare_site/management/commands/share.py": "tests/commands/test_compare.py",
    "compare_site/management/commands/api_token.py": "tests/accounts/test_commands.py",
    "compare_site/management/commands/invite.py": "tests/accounts/test_invitations.py",
    "compare_site/management/commands/prepare.py": "tests/test_up.py",
    "compare_site/management/commands/replay_recordings.py": "tests/providers/recordings/test_replay.py",
    "compare_site/management/commands/signin_link.py": "tests/accounts/test_commands.py",
    "compare_site/management/commands/web.py": "tests/test_asgi.py",
    "compare_site/management/commands/worker.py": "tests/test_up.py",
    "compare_site/processes/child.py": "tests/processes/test_supervisor.py",
    "compare_site/processes/lifeline.py": "tests/processes/test_supervisor.py",
    "compare_site/processes/web_server.py": "tests/test_asgi.py",
    "compare_site/hooks/models.py": "tests/hooks/test_deliveries.py",
    "compare_site/hooks/tasks.py": "tests/hooks/test_deliveries.py",
    "providers/resolve/outside.py": "tests/hooks/test_deliveries.py",
    "compare_site/sharing/models.py": "tests/sharing/test_actions.py",
    "providers/dialects/listed.py": "tests/providers/test_model_lists.py",
    "providers/adapters/openai_chat/blocks.py": "tests/providers/adapters/test_openai_chat_stream.py",
}
"""Module -> the tests that cover it, where they need several modules at once."""


def expected(name: str) -> set[str]:
    """Names of test modules that stand for a module: its own, with its folder's name before it, or its folder's."""
    path = Path(name)
    folder = path.parent.name
    return {f"test_{path.stem}.py", f"test_{folder}_{path.stem}.py", f"test_{folder}.py"}


def is_mirror(test: str, name: str) -> bool:
    """Whether the test stands below the same first folder (or at the top, or beside the attacks in security)."""
    app = next((part for part in Path(name).parent.parts if part not in {"compare_site", "management"}), "")
    first = Path(test).parts[1] if len(Path(test).parts) > 2 else ""
    return Path(test).name in expected(name) and first in {app, "", "security"}


def test_every_module_has_its_test_module() -> None:
    tests = tracked("tests/*.py", "tests/**/*.py")
    missing = []
    for name in tracked("compare_site/*.py", "compare_site/**/*.py", "providers/*.py", "providers/**/*.py"):
        if Path(name).stem in NO_TESTS_OF_THEIR_OWN:
            continue
        elsewhere = COVERED_ELSEWHERE.get(name)
        if not (elsewhere in tests if elsewhere else any(is_mirror(test, name) for test in tests)):
            missing.append(f"{name}: one of {sorted(expected(name))}")

    assert missing == []


def test_no_entry_has_outlived_its_module() -> None:
    assert [name for name in COVERED_ELSEWHERE if not (ROOT / name).exists()] == []
