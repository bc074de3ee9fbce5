/** Keeps the end of a column's growing answer in view, until the reader scrolls up or says so by the button. */

import { follow } from "../render/frame.js";
import { refreshRoving } from "./roving.js";

/** @typedef {import("../render/answer.js").Answer} Answer */
/** @typedef {{following: boolean, toBottom: () => void, stop: () => void}} Following */

export class ColumnFollow {
  #parts;
  /** @type {{answer: Answer, following: Following} | null} */
  #followed = null;
  #letGo = false;

  constructor(/** @type {ReturnType<typeof import("./column-frame.js").buildColumn>} */ parts) {
    this.#parts = parts;
  }

  /**
   * `answer`: the one that grows, or null; `live`: whether anything does; `began`: called when it is followed at last.
   * @type {(answer: Answer | null, live: boolean, began: () => void) => void}
   */
  show(answer, live, began) {
    const { body, follow: button, footer } = this.#parts;
    if (button.hidden !== (answer === null)) {
      button.hidden = answer === null;
      refreshRoving(footer);
    }
    if (this.#followed && this.#followed.answer === answer) return this.#mark();
    if (this.#followed) this.#leave(this.#followed);
    if (!live) this.#letGo = false;
    if (answer && !this.#letGo) {
      began();
      this.#followed = { answer, following: follow(body, answer) };
      this.#followed.following.toBottom();
    }
    return this.#mark();
  }

  /** Its last words may not be on the page yet, nor what stands below them. */
  #leave(/** @type {{answer: Answer, following: Following}} */ { answer, following }) {
    this.#letGo ||= !following.following;
    this.#followed = null;
    answer.finish().then(() => {
      if (following.following) following.toBottom();
      following.stop();
    });
  }

  #mark() {
    this.#parts.follow.setAttribute("aria-pressed", String(this.#followed?.following.following ?? false));
  }

  /** Lets go, or takes it up again with the next `show`. */
  toggle() {
    const following = this.#followed?.following.following ?? false;
    this.stop();
    this.#letGo = following;
  }

  stop() {
    this.#followed?.following.stop();
    this.#followed = null;
  }
}
