"""The menu of a draft's column: parameters, copies, places, removal; the chips of the composer follow."""

from playwright.sync_api import expect

from tests.e2e.test_shell_composer import CHIPS, Open, ready


def test_a_column_of_the_draft_is_changed_and_removed_from_its_own_menu(open_page: Open) -> None:
    page = open_page()
    ready(page)
    page.get_by_role("button", name="More actions for B").click()
    page.locator(".column-menu").get_by_role("button", name="Parameters…").click()
    expect(page.get_by_role("dialog", name="Column B: demo/thinker")).to_be_visible()
    page.fill("#p-seed", "7")
    page.keyboard.press("Enter")
    expect(page.locator("ts-column").nth(1).locator(".override")).to_have_text("seed 7*")
    page.get_by_role("button", name="More actions for B").click()
    page.locator(".column-menu").get_by_role("button", name="Remove column").click()
    expect(page.locator(CHIPS)).to_have_text(["demo/fast", "demo/markdown"])


def test_a_column_of_the_draft_is_moved_and_duplicated_from_its_own_menu(open_page: Open) -> None:
    page = open_page()
    ready(page)
    menu = page.locator(".column-menu")

    page.get_by_role("button", name="More actions for C").click()
    expect(menu.get_by_role("button", name="Move right")).to_have_count(0)
    menu.get_by_role("button", name="Move left").click()
    expect(page.locator(CHIPS)).to_have_text(["demo/fast", "demo/markdown", "demo/thinker"])
    expect(page.get_by_role("button", name="More actions for B")).to_be_focused()

    page.keyboard.press("Enter")
    menu.get_by_role("button", name="Move left").click()
    expect(page.locator(CHIPS)).to_have_text(["demo/markdown", "demo/fast", "demo/thinker"])
    expect(page.locator("ts-column h2")).to_have_text(["A: markdown", "B: fast", "C: thinker"])

    page.keyboard.press("Enter")
    expect(menu.get_by_role("button", name="Move left")).to_have_count(0)
    menu.get_by_role("button", name="Duplicate").click()
    expect(page.locator(CHIPS)).to_have_text(["demo/markdown", "demo/markdown", "demo/fast", "demo/thinker"])
    expect(page.get_by_role("button", name="More actions for B")).to_be_focused()


def test_names_follow_however_quickly_columns_change(open_page: Open) -> None:
    page = open_page()
    ready(page)
    page.evaluate(
        """() => [0, 1].forEach((index) => document.dispatchEvent(
            new CustomEvent("ts:column", { detail: { what: "move", index, step: 1 } })))"""
    )
    expect(page.locator(CHIPS)).to_have_text(["demo/thinker", "demo/markdown", "demo/fast"])
    expect(page.locator("ts-column h2")).to_have_text(["A: thinker", "B: markdown", "C: fast"])
