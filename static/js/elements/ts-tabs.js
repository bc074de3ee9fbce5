/** <ts-tabs>: on a phone, the columns as tabs below the grid, each with its state. Elsewhere CSS hides it. */

import { duration, speed } from "../core/format.js";
import { t } from "../core/i18n.js";
import { shortStatus, statusOf } from "../core/status.js";
import { el, icon, tell } from "./dom.js";

/** @typedef {import("./ts-column.js").TsColumn} TsColumn */

export class TsTabs extends HTMLElement {
  #list = el("div", { class: "tabs", role: "group", "aria-label": t("Columns") });
  /** @type {{letter: HTMLElement, word: HTMLElement, button: HTMLElement}[]} */
  #tabs = [];

  connectedCallback() {
    if (!this.firstChild) this.append(this.#list);
  }

  place(/** @type {TsColumn[]} */ columns) {
    this.#tabs = columns.map((column, index) => {
      const letter = el("span", { class: "tab-letter" });
      const word = el("small", { class: "numbers" });
      const button = el("button", { type: "button", class: "tab" }, letter, word);
      button.addEventListener("click", () => tell("ts-go", { place: index }, this));
      return { letter, word, button };
    });
    this.#list.replaceChildren(...this.#tabs.map(({ button }) => button));
    this.hidden = columns.length < 2;
  }

  show(/** @type {TsColumn[]} */ columns, /** @type {(column: TsColumn) => import("../core/pace.js").Pace | null} */ paceOf) {
    for (const [index, { letter, word, button }] of this.#tabs.entries()) {
      const column = columns[index];
      const pace = paceOf(column);
      const live = pace?.speed ? speed(pace.speed, { live: true }) : duration(pace?.elapsed(performance.now()), { live: true });
      const status = statusOf(column.run);
      const text = shortStatus(column.run, live);
      const says = `${status.icon} ${text}`;
      if (letter.textContent !== column.letter) letter.textContent = column.letter;
      button.dataset.tone = status.tone;
      button.title = `${column.column.model} · ${status.text}`;
      if (word.dataset.says === says) continue;
      word.dataset.says = says;
      word.replaceChildren(...(text && status.icon ? [icon(status.icon)] : []), text);
    }
  }

  /** Which column is in view. */
  mark(/** @type {number} */ place) {
    for (const [index, { button }] of this.#tabs.entries()) {
      if (index !== place) button.removeAttribute("aria-current");
      else if (!button.hasAttribute("aria-current")) {
        button.setAttribute("aria-current", "true");
        this.#reveal(button);
      }
    }
  }

  /** Many tabs scroll sideways; nothing else of the page may move for that. */
  #reveal(/** @type {HTMLElement} */ button) {
    const { left, right } = button.getBoundingClientRect();
    const list = this.#list.getBoundingClientRect();
    this.#list.scrollLeft += Math.min(0, left - list.left) + Math.max(0, right - list.right);
  }
}
