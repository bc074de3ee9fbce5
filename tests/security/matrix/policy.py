"""The policy: who may pass which door, and what everybody else is told. One entry a door, none without a door."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from providers.admin.discovering import NEEDED
from providers.admin.groups import TO_IMPORT
from tests.security.matrix.people import LET_IN_ONCE, NOBODY, TOKENS

Who = Literal["public", "signed-in", "own", "viewers", "staff", "permission", "none"]
SAFE = ("GET", "HEAD", "OPTIONS")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
UNLISTED = frozenset({405})


@dataclass(frozen=True, slots=True)
class Page:
    """A page. ``statuses``: what those who pass get, by method; HEAD is as GET, other methods are 405."""

    door: str
    who: Who
    statuses: Mapping[str, tuple[int, ...]]
    permissions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """For ``who="permission"``, by method; () = nobody, not even an administrator."""
    leads: Mapping[str, str] = field(default_factory=dict)
    """Values for the parameters of the address, beyond those of the owner's comparison."""
    knows: str = ""
    """An actor that it leads on to what it was let in to before."""

    def passes(self, actor: str, method: str) -> bool:
        """Whether ``actor`` comes in."""
        if self.who == "public":
            return True
        if self.who == "viewers":
            return actor in {"owner", "viewer", "teammate"}
        if actor in NOBODY or actor in TOKENS or actor == "viewer":
            return False
        if self.who == "own":
            return actor == "owner"
        if self.who == "signed-in":
            return True
        if self.who == "staff":
            return actor in {"staff", "staff_with", "admin"}
        return actor in {"staff_with", "admin"} and bool(self.permissions_of(method))

    def permissions_of(self, method: str) -> tuple[str, ...]:
        """What ``staff_with`` is given for this method."""
        return self.permissions.get(method, self.permissions.get("GET", ()))

    @property
    def is_admin(self) -> bool:
        """Admin views do not look at the method: anything but POST shows the page."""
        return self.who in {"staff", "permission"}

    def expected(self, actor: str, method: str) -> frozenset[int]:
        """The statuses that are right."""
        as_get = method == "HEAD" or (self.is_admin and method != "POST" and method not in self.statuses)
        listed = "GET" if as_get else method
        if self.passes(actor, method):
            led_on = actor == self.knows and listed in self.statuses
            right = frozenset({302} if led_on else self.statuses.get(listed, ())) or UNLISTED
            return right if method in {"GET", "HEAD", "POST"} or not self.is_admin else right | UNLISTED
        if self.is_admin:
            return frozenset({403 if actor in {"staff", "staff_with", "admin"} else 302})
        if self.who == "viewers":
            if listed not in self.statuses:
                return UNLISTED
            if self.door == "comparison" and actor in LET_IN_ONCE:
                return frozenset({404})
            return frozenset({302 if actor in NOBODY or actor in TOKENS else 404})
        if self.who == "own" and actor not in {*NOBODY, *TOKENS, "viewer"}:
            return frozenset({404}) if listed in self.statuses else UNLISTED
        return frozenset({302})


@dataclass(frozen=True, slots=True)
class Call:
    """An operation of the API. ``own``: for the object's owner alone. ``viewer``: what a share cookie gets.

    ``shared``: also for whoever has a share and an account.
    """

    door: str
    status: int
    own: bool
    viewer: int = 401
    shared: bool = False

    def passes(self, actor: str) -> bool:
        """Whether ``actor`` comes in."""
        if actor in NOBODY:
            return False
        if actor == "viewer":
            return self.viewer < 400
        if actor == "teammate" and (self.shared or self.viewer == 200):
            return True
        return actor in {"owner", "owner_token"} or not self.own

    def expected(self, actor: str) -> int:
        """The one status that is right."""
        if actor in NOBODY:
            return 401
        if actor == "viewer":
            return self.viewer
        return self.status if self.passes(actor) else 404


def _model(name: str, rights: str, **special: Page) -> list[Page]:
    """The admin pages of a model. ``rights``: which of view, add, change and delete anybody can have there."""
    app, _dot, model = name.partition(".")

    def need(*verbs: str) -> tuple[str, ...]:
        return tuple(f"{app}.{verb}_{model}" for verb in verbs) if all(verb in rights.split() for verb in verbs) else ()

    row = {"object_id": name, "id": name}
    page = {"GET": (200,), "POST": (200, 302)}
    add = need("add", "change") if name == "accounts.user" else need("add")
    return [
        Page(f"admin:{app}_{model}_changelist", "permission", page, {"GET": need("view")}),
        Page(f"admin:{app}_{model}_add", "permission", page, {"GET": add}),
        Page(f"admin:{app}_{model}_history", "permission", page, {"GET": need("view")}, row),
        Page(f"admin:{app}_{model}_delete", "permission", page, {"GET": need("delete")}, row),
        Page(f"admin:{app}_{model}_change", "permission", page, {"GET": need("view"), "POST": need("change")}, row),
        Page(f"/admin/{app}/{model}/<path:object_id>/", "staff", {"GET": (302,), "POST": (302,)}, {}, row),
    ]


_SIGN_IN = {**dict.fromkeys(METHODS, (200, 302, 405)), "GET": (200, 302), "POST": (200, 302)}
_MISSING = {"GET": (404,), "POST": (404,)}
PAGES = [
    Page("healthz", "public", {"GET": (200,)}),
    Page("readyz", "public", {"GET": (503,)}),  # no worker is running in this test
    Page("sign-in", "public", _SIGN_IN),
    Page("sign-out", "public", {"POST": (302,), "OPTIONS": (200,)}),
    Page("sign-in-link", "public", {"GET": (404,), "POST": (404,)}, {}, {"token": "no-such-token"}),
    Page("invitation", "public", {"GET": (404,), "POST": (404,)}, {}, {"token": "no-such-token"}),
    Page("set-language", "public", {"POST": (400,)}),
    Page("set-theme", "public", {"POST": (400,)}),
    Page("share", "public", {"GET": (404,)}, {}, {"token": "no-such-token"}),
    Page("account", "signed-in", {"GET": (200,), "POST": (200,)}),
    Page("account-spend", "signed-in", {"GET": (200,)}),
    Page("account-password", "signed-in", {"POST": (200,)}),
    Page("account-letters", "signed-in", {"POST": (400,)}),
    Page("account-tokens", "signed-in", {"GET": (200,), "POST": (200,)}),
    # Another person's token and session do not exist: the owner of these alone ends them.
    Page("account-token-revoke", "signed-in", {"POST": (302, 404)}, {}, {"token_id": "accounts.apitoken"}),
    Page("account-sessions", "signed-in", {"GET": (200,)}),
    Page("account-sessions-end", "signed-in", {"POST": (302,)}),
    Page("account-session-end", "signed-in", {"POST": (404,)}, {}, {"session_id": "0"}),
    # Nobody here has had the link or opened it before.
    Page("shared", "signed-in", {"GET": (200,), "POST": (404,)}),
    Page("shared-open", "public", {"GET": (404,), "POST": (404,)}, knows="viewer"),
    Page("playground", "signed-in", {"GET": (200,)}),
    Page("history", "signed-in", {"GET": (200,)}),
    Page("models", "signed-in", {"GET": (200,)}),
    Page("model", "signed-in", {"GET": (404,)}),
    Page("providers", "signed-in", {"GET": (200,)}),
    Page("trash", "signed-in", {"GET": (200,)}),
    Page("history-act", "signed-in", {"POST": (302,)}),
    Page("comparison", "viewers", {"GET": (200,)}),
    Page("attachment", "viewers", {"GET": (200,)}),
    Page("batches", "signed-in", {"GET": (200,)}),
    Page("batch-new", "signed-in", {"GET": (200,), "POST": (422,)}),
    Page("batch", "own", {"GET": (200,)}),
    Page("prompts", "signed-in", {"GET": (200,)}),
    Page("new-prompt", "signed-in", {"GET": (200,)}),
    Page("prompt", "own", {"GET": (200,)}),
    Page("edit-prompt", "own", {"GET": (200,)}),
    Page("admin:index", "staff", {"GET": (200,), "POST": (200,)}),
    # It leads to the sign-in page; whoever is signed in and no staff is told that this is not for him.
    Page("admin:login", "public", {**_SIGN_IN, "GET": (302, 403)}),
    Page("admin:logout", "staff", {"GET": (405,), "POST": (302,), "OPTIONS": (200,)}),
    Page("admin:password_change", "staff", {"GET": (200,), "POST": (200,)}),
    Page("admin:password_change_done", "staff", {"GET": (200,), "POST": (405,)}),
    Page("admin:autocomplete", "staff", {"GET": (403,), "POST": (405,), "OPTIONS": (200,)}),
    Page("admin:jsi18n", "staff", {"GET": (200,), "POST": (405,)}),
    Page(
        "admin:view_on_site", "staff", {"GET": (404,), "POST": (404,)}, {}, {"content_type_id": "0", "object_id": "0"}
    ),
    Page("admin:app_list", "staff", {"GET": (200, 404), "POST": (200, 404)}, {}, {"app_label": "comparisons"}),
    Page("/admin/(?P<url>.*)$", "staff", _MISSING, {}, {"url": "no/such/page/"}),
    *_model("auth.group", "view add change delete"),
    *_model("accounts.user", "view add change delete"),
    *_model("accounts.apitoken", "view delete"),
    *_model("accounts.invitation", "view add delete"),
    *_model("accounts.memberrule", "view add change delete"),
    *_model("comparisons.comparison", "view"),
    *_model("comparisons.run", "view"),
    *_model("comparisons.spendlimit", "view add change delete"),
    *_model("comparisons.spendentry", "view"),
    *_model("sharing.share", "view delete"),
    *_model("hooks.webhook", "view add change delete"),
    *_model("hooks.delivery", "view"),
    *_model("providers.provider", "view add change delete"),
    *_model("providers.chatmodel", "view add change delete"),
    *_model("providers.modelgroup", "view add change delete"),
    *_model("providers.apikey", "view add change delete"),
    *_model("providers.auditentry", "view"),
    Page("admin:providers_provider_discover", "permission", {"GET": (200,), "POST": (200,)}, {"GET": NEEDED}),
    Page(
        "admin:providers_modelgroup_import",
        "permission",
        {"GET": (200,), "POST": (200,)},
        {"GET": tuple(f"providers.{name}" for name in TO_IMPORT)},
    ),
    Page(
        "admin:auth_user_password_change",
        "permission",
        {"GET": (200,), "POST": (200,)},
        {"GET": ("accounts.change_user",)},
        {"id": "accounts.user"},
    ),
]
HIDDEN_CALLS = [Call("GET /api/v1/openapi.json", 200, own=False, viewer=404)]
"""Doors below /api/ that the OpenAPI document does not name."""
CALLS = [
    *HIDDEN_CALLS,
    Call("GET /api/v1/models", 200, own=False, viewer=404),
    Call("GET /api/v1/providers", 200, own=False, viewer=404),
    Call("GET /api/v1/me", 200, own=False, viewer=404),
    Call("GET /api/v1/spend", 200, own=False, viewer=404),
    Call("POST /api/v1/forecast", 200, own=False),
    Call("POST /api/v1/comparisons", 201, own=False),
    Call("GET /api/v1/comparisons", 200, own=False, viewer=200),
    Call("GET /api/v1/comparisons/{comparison_id}", 200, own=True, viewer=200),
    Call("PATCH /api/v1/comparisons/{comparison_id}", 200, own=True),
    Call("DELETE /api/v1/comparisons/{comparison_id}", 204, own=True),
    Call("GET /api/v1/trash", 200, own=False, viewer=200),
    Call("POST /api/v1/comparisons/{comparison_id}/restore", 404, own=True),
    Call("DELETE /api/v1/trash/{comparison_id}", 404, own=True),
    Call("PATCH /api/v1/runs/{run_id}", 200, own=True),
    Call("POST /api/v1/comparisons/{comparison_id}/turns", 201, own=True),
    Call("POST /api/v1/comparisons/{comparison_id}/cancel", 200, own=True),
    Call("GET /api/v1/comparisons/{comparison_id}/export", 200, own=True, viewer=404),
    Call("POST /api/v1/comparisons/import", 201, own=False),
    # The runs of the test have sent nothing.
    Call("GET /api/v1/runs/{run_id}/code", 409, own=True, viewer=404),
    Call("GET /api/v1/runs/{run_id}", 200, own=True, viewer=200),
    Call("POST /api/v1/runs/{run_id}/cancel", 200, own=True),
    Call("POST /api/v1/runs/{run_id}/rerun", 201, own=True),
    Call("POST /api/v1/comparisons/{comparison_id}/shares", 201, own=True),
    Call("GET /api/v1/comparisons/{comparison_id}/shares", 200, own=True, viewer=404),
    Call("POST /api/v1/comparisons/{comparison_id}/shares/preview", 200, own=True),
    Call("POST /api/v1/comparisons/{comparison_id}/fork", 201, own=True, shared=True),
    Call("GET /api/v1/shared", 200, own=False, viewer=404),
    Call("PATCH /api/v1/shares/{share_id}", 200, own=True),
    Call("DELETE /api/v1/shares/{share_id}", 204, own=True),
    Call("POST /api/v1/attachments", 201, own=False),
    Call("GET /api/v1/attachments/{attachment_id}", 200, own=True, viewer=404),
    # The comparison uses it.
    Call("DELETE /api/v1/attachments/{attachment_id}", 409, own=True),
    Call("POST /api/v1/batches", 201, own=False),
    Call("POST /api/v1/batches/import", 201, own=False),
    Call("GET /api/v1/batches", 200, own=False, viewer=404),
    Call("GET /api/v1/batches/{batch_id}", 200, own=True, viewer=404),
    Call("GET /api/v1/batches/{batch_id}/results", 200, own=True, viewer=404),
    Call("GET /api/v1/batches/{batch_id}/inputs", 200, own=True, viewer=404),
    Call("GET /api/v1/batches/{batch_id}/export", 200, own=True, viewer=404),
    Call("POST /api/v1/batches/{batch_id}/stop", 200, own=True),
    Call("POST /api/v1/batches/{batch_id}/resume", 200, own=True),
    # Nothing of it has failed.
    Call("POST /api/v1/batches/{batch_id}/retry", 409, own=True),
    Call("DELETE /api/v1/batches/{batch_id}", 204, own=True),
    Call("GET /api/v1/prompts", 200, own=False, viewer=404),
    Call("POST /api/v1/prompts", 201, own=False),
    Call("GET /api/v1/prompts/export", 200, own=False, viewer=404),
    Call("POST /api/v1/prompts/import", 201, own=False),
    Call("GET /api/v1/prompts/{prompt_id}", 200, own=True, viewer=404),
    Call("PATCH /api/v1/prompts/{prompt_id}", 200, own=True),
    Call("DELETE /api/v1/prompts/{prompt_id}", 204, own=True),
    Call("POST /api/v1/prompts/{prompt_id}/duplicate", 201, own=True),
    Call("GET /api/v1/prompts/{prompt_id}/export", 200, own=True, viewer=404),
    Call("GET /api/v1/prompts/{prompt_id}/versions", 200, own=True, viewer=404),
    Call("GET /api/v1/prompt-versions/{version_id}", 200, own=True, viewer=404),
    Call("GET /api/v1/prompt-versions/{version_id}/comparisons", 200, own=True, viewer=404),
    Call("GET /api/v1/column-sets", 200, own=False, viewer=404),
    Call("POST /api/v1/column-sets", 201, own=False),
    Call("GET /api/v1/column-sets/{set_id}", 200, own=True, viewer=404),
    Call("PATCH /api/v1/column-sets/{set_id}", 200, own=True),
    Call("DELETE /api/v1/column-sets/{set_id}", 204, own=True),
    Call("PUT /api/v1/column-sets/{set_id}/default", 200, own=True),
    Call("DELETE /api/v1/column-sets/{set_id}/default", 204, own=True),
]
SOCKETS = {r"^ws/comparisons/(?P<comparison_id>[^/]+)/$": "reads a comparison"}
"""What a socket shows; ``tests.security.test_sockets`` knocks at each with every actor."""
BODIES = {
    "POST /api/v1/comparisons/{comparison_id}/shares/preview": {"parts": ["prompt"]},
    "POST /api/v1/comparisons": {"prompt": "hello", "models": ["demo/fast"]},
    "POST /api/v1/comparisons/import": {
        "format": "touchstone.comparison",
        "version": 1,
        "exported_at": "2026-11-21T09:00:00Z",
        "comparison": {"title": "brought in"},
        "columns": [{"id": "a", "model": "demo/fast"}],
        "turns": [{"id": "t", "messages": [{"role": "user", "content": "hello"}]}],
        "runs": [{"id": "r", "column": "a", "turn": "t", "status": "finished"}],
    },
    "PATCH /api/v1/comparisons/{comparison_id}": {"title": "another"},
    "POST /api/v1/comparisons/{comparison_id}/turns": {"prompt": "and then?"},
    "POST /api/v1/attachments": {"name": "a.gif", "data": "R0lGODlhAQABAAAAACw="},
    "POST /api/v1/batches/import": {
        "format": "touchstone.batch",
        "version": 1,
        "exported_at": "2026-01-01T00:00:00Z",
        "batch": {"asked": {"models": ["demo/fast"]}},
        "inputs": [{"asked": {"prompt": "hello"}}],
    },
    "POST /api/v1/batches": {"inputs": ["hello"], "models": ["demo/fast"]},
    "POST /api/v1/prompts": {"name": "a prompt", "prompt": "hello {name}"},
    "POST /api/v1/prompts/import": {"format": "touchstone-prompts", "version": 1, "prompts": []},
    "PATCH /api/v1/prompts/{prompt_id}": {"name": "another"},
    "POST /api/v1/column-sets": {"name": "a set", "columns": ["demo/fast"]},
    "PATCH /api/v1/column-sets/{set_id}": {"name": "another"},
}
"""A body that the operation takes; {} otherwise."""
