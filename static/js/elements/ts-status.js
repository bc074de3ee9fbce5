/** <ts-status>: the state of an answer as icon and words. The words alone say it all. */

import { icon } from "./dom.js";

export class TsStatus extends HTMLElement {
  #shown = "";

  /** @param {import("../core/status.js").Word} word */
  show({ tone, text, icon: name }) {
    const key = `${tone} ${name} ${text}`;
    if (key === this.#shown) return;
    this.#shown = key;
    this.dataset.tone = tone;
    const words = document.createElement("span");
    words.textContent = text;
    this.replaceChildren(name ? icon(name) : dot(), words);
  }
}

function dot() {
  const mark = document.createElement("span");
  mark.className = "dot";
  mark.setAttribute("aria-hidden", "true");
  return mark;
}
