/** <ts-connection>: a dot and a word for the live connection, as the grid reports it. */

import { need } from "./dom.js";

export class TsConnection extends HTMLElement {
  connectedCallback() {
    document.addEventListener("ts:connection", this.#show);
  }

  disconnectedCallback() {
    document.removeEventListener("ts:connection", this.#show);
  }

  #show = (/** @type {Event} */ event) => {
    const { state, text } = /** @type {CustomEvent} */ (event).detail;
    this.hidden = !text;
    this.dataset.state = state;
    this.title = text;
    need(this, ".connection-word").textContent = text;
  };
}
