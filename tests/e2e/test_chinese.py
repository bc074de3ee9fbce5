"""The site in Chinese: the switch, key words, nothing left in English, nothing too wide, no accessibility violation."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from scripts.compile_catalogs import LOCALE
from tests.e2e.conftest import Problems, Window
from tests.e2e.test_grid import THINKING, ask_here
from tests.e2e.test_shell_pages import sideways, violations
from tests.stack import ROOT, Stack

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
WIDTHS = (320, 390, 768, 1366)
ASK = """async (body) => {
  const token = document.querySelector('meta[name="csrf-token"]').content;
  const headers = {"Content-Type": "application/json", "X-CSRFToken": token};
  const answer = await fetch("/api/v1/comparisons", {method: "POST", headers, body: JSON.stringify(body)});
  return (await answer.json()).id;
}"""
ADMINISTRATOR = """from django.contrib.auth import get_user_model
get_user_model().objects.filter(username="reader").update(is_staff=True, is_superuser=True)"""
ENGLISH = """() => {
  const said = ".said-by-provider, .answer, .reasoning-text, .tool-name, .names, .picker-name";
  const own = `code, kbd, pre, [lang=en], ${said}`;
  const seen = (item) => item && !item.closest(own) && item.checkVisibility({visibilityProperty: true});
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode())
    if (seen(node.parentElement)) found.push(node.textContent.trim());
  for (const name of ["title", "aria-label", "placeholder"])
    for (const item of document.querySelectorAll(`[${name}]`)) if (seen(item)) found.push(item.getAttribute(name));
  return found.filter((text) => /[A-Za-z]{2,}/.test(text));
}"""
NAMES = r"[\w.-]+(?:/[\w@=.,:-]+)+|[\w: -]+\(simulated\)|\{\"(?:top_k|type)\": .*\}|[A-Z]+_(?:API_)?(?:KEY|TOKEN)"
NAMES += r"|[\[{]+\".*[\]}]+|\{name, description, parameters\}|provider \(order.*plugins"
"""Models, providers, and what is an example of code."""
SAME = (
    r"\b(?:Touchstone|Cookie|JSON Schema|JSON|TTFT|HTTP|Markdown|API|ID|Top p|top p|Ctrl|URL|UTC|admin|reader|min|flex"
    r"|priority|PDF|OpenRouter|OpenAI|Anthropic|MCP|auto|none|required)\b"
)


@pytest.fixture(scope="module", autouse=True)
def _catalogs() -> None:
    """Set-up compiles them; without, the site of these tests would speak English only."""
    if not list(Path(LOCALE).glob("*/LC_MESSAGES/*.mo")):
        pytest.fail("the translations are not compiled: run make test, or python -m scripts.compile_catalogs")


@pytest.fixture(scope="module")
def window(site: Stack, chromium: Browser) -> Iterator[Window]:
    """Of somebody who has pressed 中文."""
    link = site.manage("signin_link", "reader", "--create").strip().split()[-1]
    site.manage("shell", "-v", "0", "-c", ADMINISTRATOR)
    context = chromium.new_context()
    page = context.new_page()
    page.goto(link)
    page.get_by_role("main").get_by_role("button").click()
    page.wait_for_url(f"{site.url}/")
    page.get_by_role("button", name="中文", exact=True).click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    state: Any = context.storage_state()
    context.close()
    window = Window(chromium, site, state)
    yield window
    window.context.close()


@pytest.fixture
def chinese(window: Window, problems: Problems) -> Iterator[Page]:
    """A page of theirs."""
    problems.allow.append("the server responded with a status of 422")
    page = window.take(problems, 1366, 768)
    page.goto("/")
    expect(page.locator("ts-composer .chip-name")).not_to_have_count(0)
    yield page
    window.clear()


@pytest.fixture(scope="session")
def axe() -> str:
    return AXE.read_text(encoding="utf-8")


def english(page: Page) -> list[str]:
    """Visible words that are neither Chinese nor a name; empty when all is translated."""
    names = {*page.locator("ts-picker .picker-group").all_text_contents()}
    texts: list[str] = page.evaluate(ENGLISH)
    left = [re.sub(SAME, "", re.sub(NAMES, "", text)) for text in texts if text not in names]
    return sorted({text for text in left if re.search(r"[A-Za-z]{2,}", text)})


def check(page: Page, axe: str) -> None:
    assert english(page) == []
    assert sideways(page) <= 0
    assert violations(page, axe) == ""


def status(page: Page, index: int) -> Locator:
    return page.locator("ts-column").nth(index).locator("ts-status")


def test_key_words_in_both_languages(chinese: Page) -> None:
    expect(chinese.get_by_role("link", name="工作台", exact=True)).to_be_visible()
    expect(chinese.get_by_role("link", name="历史记录", exact=True)).to_be_visible()
    expect(chinese.locator("#prompt")).to_have_attribute("placeholder", "向多个模型提同一个问题…")
    expect(chinese.locator("[data-run]")).to_contain_text("全部运行")
    expect(chinese.locator("[data-count]").first).to_have_text("3 个模型")
    expect(status(chinese, 0)).to_have_text("就绪")


def test_playground_and_its_dialogs(chinese: Page, axe: str) -> None:
    for width in WIDTHS:
        chinese.set_viewport_size({"width": width, "height": 800})
        assert sideways(chinese) <= 0, width
    check(chinese, axe)
    chinese.locator("[data-run]").click()
    expect(chinese.locator("#prompt-error")).to_have_text("请先填写提示词。")
    chinese.locator("ts-composer [data-add]").click()
    expect(chinese.get_by_role("dialog", name="添加模型")).to_be_visible()
    check(chinese, axe)
    chinese.keyboard.press("Escape")
    chinese.locator("[data-edit-params]").click()
    for fold in chinese.locator("ts-params summary").all():
        fold.click()
    expect(chinese.locator("ts-params summary").first).to_have_text("以 JSON 回答")
    expect(chinese.locator("ts-params summary").last).to_have_text("高级")
    chinese.fill("#p-temperature", "99")
    chinese.fill("#p-seed", "x")
    chinese.locator("ts-params [data-apply]").click()
    expect(chinese.locator("#p-temperature-error")).to_have_text("须在 0 到 10 之间。")
    check(chinese, axe)
    chinese.keyboard.press("Escape")
    chinese.locator("header [data-help]").click()
    expect(chinese.get_by_role("dialog", name="键盘快捷键")).to_be_visible()
    check(chinese, axe)


def test_what_the_api_refuses_is_said_in_chinese(chinese: Page) -> None:
    chinese.fill("#prompt", "你好")
    chinese.locator(".composer-labels summary").click()
    chinese.fill("#tags", "长" * 65)
    chinese.locator("[data-run]").click()
    expect(chinese.locator("#tags-error")).to_have_text("字符太多，最多 64 个。")


@pytest.mark.parametrize("width", [390, 1366])
def test_comparison_running_failed_stopped(chinese: Page, axe: str, width: int) -> None:
    models = ["demo/fast@rate=0", "demo/stall", "demo/broken", "demo/tools", "demo/fast@error=401"]
    made: Any = chinese.evaluate(ASK, {"prompt": "天空为什么是蓝色的？", "models": models})
    chinese.set_viewport_size({"width": width, "height": 844})
    chinese.goto(f"/c/{made}/")
    expect(status(chinese, 0)).to_have_text("完成 · 正常结束")
    expect(status(chinese, 1)).to_have_text(re.compile("^(生成中|已 .+ 无新内容)$"))
    expect(status(chinese, 2)).to_have_text("失败 · 连接中断")
    expect(status(chinese, 3)).to_have_text("完成 · 工具调用")
    expect(status(chinese, 4)).to_have_text("失败 · 401 密钥被拒")
    # On a phone the tabs say it of each column.
    expect(chinese.locator(".toolbar > .progress")).to_have_text(re.compile(r"^2\D+2\D+1\D+$"))
    expect(chinese.locator(".toolbar > .progress")).to_be_visible(visible=width > 760)
    said = chinese.locator("ts-column").nth(2).locator(".said-by-provider")
    expect(said).to_have_text(re.compile(r"^[^A-Za-z]+$"))
    check(chinese, axe)
    chinese.get_by_role("button", name="全部停止", exact=True).first.click()
    expect(status(chinese, 1)).to_have_text("已停止")
    check(chinese, axe)
    if width == 1366:
        chinese.locator("ts-column").first.get_by_title("更多操作").click()
        expect(chinese.get_by_role("button", name="复制模型 ID", exact=True)).to_be_visible()
        check(chinese, axe)
        chinese.keyboard.press("Escape")
        chinese.get_by_role("button", name="分享", exact=True).click()
        expect(chinese.locator("ts-share [data-list]")).to_have_text("目前没有其他人能看到此对比。")
        check(chinese, axe)
        chinese.keyboard.press("Escape")


def test_an_estimate_is_called_one(chinese: Page) -> None:
    ask_here(chinese, THINKING)
    expect(chinese.locator("ts-reasoning .facts")).to_have_text(re.compile("… 词元|…个词元|… 个词元"))
    expect(chinese.locator("ts-reasoning .facts")).to_have_attribute("title", re.compile("估算"))


def test_history_and_errors(chinese: Page, axe: str, problems: Problems) -> None:
    problems.allow.append("the server responded with a status of 404")
    chinese.evaluate(ASK, {"prompt": "你好", "models": ["demo/fast@rate=0"], "tags": ["几何"]})
    for path, words in (
        ("/history/?tag=几何", "历史记录"),
        ("/history/?q=没有这样的", "没有结果"),
        ("/c/00000000000000000000000000000000/", "未找到"),
    ):
        chinese.goto(path)
        expect(chinese.get_by_role("heading", name=words)).to_be_visible()
        check(chinese, axe)


def test_admin_pages_have_no_english_of_ours(chinese: Page) -> None:
    for path in ("provider/add/", "apikey/add/", "chatmodel/add/"):
        chinese.goto(f"/admin/providers/{path}")
        with chinese.expect_navigation():
            chinese.locator("input[name=_save]").click()
        expect(chinese.locator(".errornote")).to_be_visible()
        labels = chinese.locator("#content").locator("label, legend, h2, .help, .errorlist li, th, .submit-row input")
        assert [text for text in labels.all_inner_texts() if re.fullmatch(r"[A-Za-z ,.:]{4,}", text)] == []
