/** Text on its way to an Answer: only what is new is handed over; a text that became another one starts afresh. */

/** @typedef {import("../render/answer.js").Answer} Answer */

export class Flow {
  #shown = "";
  #finished = false;

  constructor(/** @type {Answer} */ answer) {
    this.answer = answer;
  }

  /** `delta`: what was added since the last call, if the caller knows. */
  show(/** @type {string} */ text, /** @type {string | undefined} */ delta = undefined) {
    const more = this.#more(text, delta);
    if (more === "") return;
    this.answer.push(more);
    this.#shown = text;
    this.#finished = false;
  }

  /** Lengths suffice where the delta is known: comparing whole texts at each step would cost more than drawing them. */
  #more(/** @type {string} */ text, /** @type {string | undefined} */ delta) {
    if (delta !== undefined && this.#shown.length + delta.length === text.length) return delta;
    if (text.startsWith(this.#shown)) return text.slice(this.#shown.length);
    this.answer.reset();
    this.#shown = "";
    return text;
  }

  finish() {
    if (!this.#finished && this.#shown !== "") this.answer.finish();
    this.#finished = true;
  }
}
