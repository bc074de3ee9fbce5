/** Says how the live connection is: a word for the header, and a sentence where a reader has to know or do something. */

import { connectionWords, stillAway } from "./connection-words.js";
import { el, tell } from "./dom.js";

/** A connection that is back before is not worth a sentence. */
const LATE_MS = 4_000;
const ON_THE_WAY = new Set(["connecting", "reconnecting"]);

export class ConnectionNote {
  #place;
  /** @type {number | null} */
  #late = null;

  constructor(/** @type {HTMLElement} */ place) {
    this.#place = place;
  }

  /**
   * Whether the comparison is out of reach for good. Whoever could change it and is refused now has been signed out:
   * it was never shared with them. Whoever has not signed in shares the places of a link with others.
   * @type {(state: string, who: {owned: boolean, guest: boolean}) => boolean}
   */
  show(state, { owned, guest }) {
    const said = state === "revoked" && owned ? "signed-out" : state === "busy" && guest ? "crowded" : state;
    const { text, sentence = "", action = "", over = false } = connectionWords(said);
    tell("ts:connection", { state, text, over });
    if (ON_THE_WAY.has(state)) this.#late ??= window.setTimeout(() => this.#say(stillAway(), ""), LATE_MS);
    else this.#settle(sentence, action);
    return over;
  }

  #settle(/** @type {string} */ sentence, /** @type {string} */ action) {
    if (this.#late !== null) clearTimeout(this.#late);
    this.#late = null;
    this.#say(sentence, action);
  }

  #say(/** @type {string} */ sentence, /** @type {string} */ action) {
    this.#place.hidden = sentence === "";
    this.#place.replaceChildren(sentence, action ? el("a", { href: location.pathname }, action) : "");
    if (sentence) tell("ts:announce", { text: sentence });
  }
}
