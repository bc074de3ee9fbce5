/** <ts-tabs>: on a phone, the columns as tabs below the grid, each with its state. Elsewhere CSS hides it. */

import { duration, speed } from "../core/format.js";
import { t } from "../core/i18n.js";
import { shortStatus, statusOf } from "../core/status.js";
import { el, tell } from "./dom.js";

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
      const text = shortStatus(column.run, live);
      if (letter.textContent !== column.letter) letter.textContent = column.letter;
      if (word.textContent !== text) word.textContent = text;
      button.dataset.tone = statusOf(column.run).tone;
    }
  }

  /** Which column is in view. */
  mark(/** @type {number} */ place) {
    for (const [index, { button }] of this.#tabs.entries()) {
      if (index === place) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
  }
}
