/** Text as it came, every character of it, in chunks: the source view, and what lies beyond the limit of rendered text. */

import { Chunks } from "./fence.js";

export class PlainView {
  #chunks;

  /**
   * @param {Element} parent
   * @param {string} label for screen readers
   */
  constructor(parent, label) {
    this.element = document.createElement("pre");
    this.element.className = "answer-plain";
    this.element.tabIndex = 0;
    this.element.setAttribute("role", "group");
    this.element.setAttribute("aria-label", label);
    parent.append(this.element);
    this.#chunks = new Chunks(this.element, { exact: true });
  }

  /** @param {string} text */
  append(text) {
    this.#chunks.append(text);
  }
}
