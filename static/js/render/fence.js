/**
 * The quick way for a code block that is still being written: its text is appended and nothing is parsed again until
 * the closing line comes. Chunks of 40 lines keep one frame from laying out the whole block.
 */

import { appendVisible } from "./text.js";

const CHUNK_LINES = 40;
const OPENING = /^\n*(`{3,}|~{3,})[^\n]*\n/;
const MAYBE_CLOSING = /^ {0,3}(?:`*|~*) *$/;

/** Text appended in chunks; also used for plain text of any length. */
export class Chunks {
  #parent;
  /** @type {HTMLElement | null} */
  #chunk = null;
  #lines = 0;
  #how;

  /**
   * @param {Element} parent
   * @param {{exact?: boolean}} [how] of hidden characters
   */
  constructor(parent, how = {}) {
    this.#parent = parent;
    this.#how = how;
  }

  /** @param {string} text */
  append(text) {
    let from = 0;
    while (from < text.length) {
      if (!this.#chunk || this.#lines >= CHUNK_LINES) this.#open();
      let to = from;
      while (this.#lines < CHUNK_LINES && to < text.length) {
        const newline = text.indexOf("\n", to);
        if (newline >= 0) this.#lines += 1;
        to = newline < 0 ? text.length : newline + 1;
      }
      appendVisible(/** @type {HTMLElement} */ (this.#chunk), text.slice(from, to), this.#how);
      from = to;
    }
  }

  #open() {
    this.#chunk = document.createElement("span");
    this.#chunk.className = "chunk";
    this.#parent.append(this.#chunk);
    this.#lines = 0;
  }
}

/**
 * @param {string} tail the text from the fence on
 * @returns {{closing: RegExp, from: number} | null} `null` when it is no fence that stands at the margin
 */
function opening(tail) {
  const match = OPENING.exec(tail);
  if (!match) return null;
  const [mark, count] = [match[1][0], match[1].length];
  if (mark === "`" && match[0].slice(match[0].indexOf("```") + count).includes("`")) return null;
  return { closing: new RegExp(`\\n {0,3}${mark}{${count},} *(?:\\n|$)`, "g"), from: match[0].length };
}

export class OpenFence {
  #chunks;
  #closing;
  #written;
  #searched;

  /**
   * @param {Element} code
   * @param {{closing: RegExp, from: number}} fence
   */
  constructor(code, { closing, from }) {
    code.replaceChildren();
    this.#chunks = new Chunks(code);
    this.#closing = closing;
    this.#written = from;
    this.#searched = from - 1;
  }

  /**
   * @param {string} tail
   * @param {Element | null} code
   * @returns {OpenFence | null} `null`: not a fence, or one that is closed already
   */
  static enter(tail, code) {
    const fence = opening(tail);
    if (!fence || !code) return null;
    fence.closing.lastIndex = fence.from - 1;
    if (fence.closing.test(tail)) return null;
    const entered = new OpenFence(code, fence);
    entered.feed(tail);
    return entered;
  }

  /**
   * @param {string} tail the same text, grown
   * @returns {boolean} `false` when the fence has closed and the text has to be parsed again
   */
  feed(tail) {
    this.#closing.lastIndex = this.#searched;
    if (this.#closing.test(tail)) return false;
    const lineStart = tail.lastIndexOf("\n") + 1;
    const safe = MAYBE_CLOSING.test(tail.slice(lineStart)) ? lineStart : tail.length;
    if (safe > this.#written) {
      this.#chunks.append(tail.slice(this.#written, safe));
      this.#written = safe;
    }
    this.#searched = Math.max(this.#searched, lineStart - 1);
    return true;
  }
}
