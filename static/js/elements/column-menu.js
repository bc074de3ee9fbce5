/** The ⋯ menu of a column: one popover for the whole grid, filled when it opens. */

import { MAX_COLUMNS } from "../core/draft-columns.js";
import { t } from "../core/i18n.js";
import { copyText } from "./clipboard.js";
import { el, icon, placeBelow, tell } from "./dom.js";

/** @typedef {import("./ts-column.js").TsColumn} TsColumn */

export class ColumnMenu {
  root = el("div", { class: "menu card column-menu", popover: "auto" });
  /** @type {HTMLElement | null} */
  #opener = null;

  constructor() {
    this.root.addEventListener("toggle", (event) => {
      if (/** @type {ToggleEvent} */ (event).newState === "closed") this.#opener?.setAttribute("aria-expanded", "false");
    });
    this.root.addEventListener("keydown", this.#move);
  }

  open(/** @type {TsColumn} */ column, /** @type {HTMLElement} */ button, /** @type {boolean} */ writable) {
    if (this.root.matches(":popover-open") && this.#opener === button) return this.root.hidePopover();
    this.#opener = button;
    this.root.replaceChildren(...this.#items(column, writable));
    this.root.setAttribute("aria-label", button.getAttribute("aria-label") ?? "");
    this.root.showPopover();
    button.setAttribute("aria-expanded", "true");
    placeBelow(this.root, button);
    return /** @type {HTMLElement} */ (this.root.firstElementChild)?.focus();
  }

  #items(/** @type {TsColumn} */ column, /** @type {boolean} */ writable) {
    const item = (/** @type {string} */ sign, /** @type {string} */ label, /** @type {() => void} */ act) => {
      const button = el("button", { type: "button", class: "ghost" }, icon(sign), label);
      button.addEventListener("click", () => {
        this.root.hidePopover();
        this.#opener?.focus();
        act();
      });
      return button;
    };
    const model = column.column.model;
    const list = [
      item("copy", t("Copy model id"), async () => {
        await copyText(model, t("{text} copied.", { text: model }));
      }),
      item("expand", t("Show this column wide"), () => tell("ts-widen", {}, column)),
    ];
    if (column.draft !== null) list.unshift(...this.#wishes(column, column.draft, item));
    if (column.run) list.push(item("json", t("Show JSON"), () => column.ask("ts-inspect")));
    if (column.run && writable) list.push(item("tag", t("Tags and metadata…"), () => column.ask("ts-label")));
    if (column.run && writable && !column.live) list.push(item("copy", t("Copy as code…"), () => column.ask("ts-code")));
    if (column.run && writable && !column.live) list.push(item("retry", t("Re-run"), () => column.ask("ts-rerun")));
    if (column.live && writable) list.push(item("stop", column.parts.stopWord.textContent ?? "", () => column.stop()));
    return list;
  }

  /** What the composer can do with the column at `index` of the draft. @type {(column: TsColumn, index: number, item: (sign: string, label: string, act: () => void) => HTMLElement) => HTMLElement[]} */
  #wishes(column, index, item) {
    const all = () => /** @type {TsColumn[]} */ ([...(column.closest("ts-grid")?.querySelectorAll("ts-column") ?? [])]);
    const many = all().length;
    const changed = (/** @type {string} */ what, /** @type {number} */ step) => () => {
      tell("ts:column", { what, index, step });
      // The focus goes along: who moves a column moves it several times.
      all()[index + step]?.parts.more.focus();
    };
    const list = [item("sliders", t("Parameters…"), () => tell("ts:column", { what: "edit", index }))];
    if (many < MAX_COLUMNS) list.push(item("copy", t("Duplicate"), changed("duplicate", 1)));
    if (index > 0) list.push(item("back", t("Move left"), changed("move", -1)));
    if (index < many - 1) list.push(item("chevron", t("Move right"), changed("move", 1)));
    return [...list, item("trash", t("Remove column"), () => tell("ts:column", { what: "remove", index }))];
  }

  #move = (/** @type {KeyboardEvent} */ event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const items = /** @type {HTMLElement[]} */ ([...this.root.children]);
    const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    items[(at + step + items.length) % items.length].focus();
  };
}
