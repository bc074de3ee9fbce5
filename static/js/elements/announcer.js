/**
 * The one polite status line of the page. Anybody says `ts:announce` {text}; what comes within two seconds is read
 * together, so that a screen reader is never flooded.
 */

const QUIET_MS = 2000;
const MOST = 4;

export class Announcer {
  #place;
  /** @type {string[]} */
  #waiting = [];
  /** @type {number | null} */
  #timer = null;

  constructor(/** @type {HTMLElement} */ place) {
    this.#place = place;
  }

  start() {
    document.addEventListener("ts:announce", this.#heard);
  }

  stop() {
    document.removeEventListener("ts:announce", this.#heard);
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #heard = (/** @type {Event} */ event) => {
    const { text } = /** @type {CustomEvent} */ (event).detail;
    if (!text) return;
    this.#waiting = [...this.#waiting.filter((each) => each !== text), text].slice(-MOST);
    if (this.#timer === null) this.#timer = window.setTimeout(this.#say, this.#place.textContent ? QUIET_MS : 100);
  };

  #say = () => {
    this.#place.textContent = this.#waiting.join(" ");
    this.#waiting = [];
    this.#timer = window.setTimeout(() => {
      this.#timer = null;
      if (this.#waiting.length > 0) this.#say();
    }, QUIET_MS);
  };
}
