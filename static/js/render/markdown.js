/**
 * Growing Markdown, block by block. Only the tail is parsed again: a block is frozen, and never touched, once a later
 * block has one complete line. The end checks the whole text in one go, so that what stays is what one render would give.
 */

import { blockElement } from "./blocks.js";
import { OpenFence } from "./fence.js";
import { isOpenFence, lex } from "./lexer.js";
import { Pages } from "./pages.js";
import { patchBlock, sameLinks } from "./patch.js";

/** @typedef {import("./lexer.js").Token} Token */
/** @typedef {import("./lexer.js").Block} Block */
/** @typedef {import("./lexer.js").Links} Links */
/** @typedef {import("./lexer.js").Parsed} Parsed */
/** @typedef {{token: Token, element: HTMLElement}} Shown */
/** @typedef {{type: string, raw: string, element: HTMLElement}} Frozen */

export class MarkdownView {
  /** How often the check at the end had to mend a block that was frozen too early. Tests want 0. */
  repairs = 0;
  #pages;
  #done = "";
  #tail = "";
  /** @type {Frozen[]} */
  #frozen = [];
  /** @type {Shown[]} */
  #live = [];
  /** @type {OpenFence | null} */
  #fence = null;
  /** @type {Links} those of the frozen text: one at the end of the tail may still be half an address */
  #links = Object.create(null);

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#pages = new Pages(root);
  }

  /** @param {string} text with LF only; shown by the next flush */
  push(text) {
    this.#tail += text;
  }

  /** Shows what has come so far. */
  flush() {
    if (this.#fence?.feed(this.#tail)) return;
    this.#fence = null;
    const parsed = parse(this.#tail, { growing: true, links: this.#links });
    this.#show(parsed.blocks, false);
    if (parsed.exact) this.#freeze(parsed);
    const [open] = this.#live;
    if (this.#live.length === 1 && isOpenFence(open.token)) {
      this.#fence = OpenFence.enter(this.#tail, open.element.querySelector("code"));
    }
  }

  /** Shows the text as complete. More may still be pushed: then it goes on from here. */
  finish() {
    this.#fence = null;
    this.#show(parse(this.#tail, { links: this.#links }).blocks, true);
    if (this.#frozen.length) this.#check();
  }

  /**
   * @param {Block[]} blocks
   * @param {boolean} ended
   */
  #show(blocks, ended) {
    for (const [index, { token }] of blocks.entries()) {
      const last = ended && index === blocks.length - 1;
      const shown = this.#live[index];
      if (shown) this.#update(shown, token, last);
      else {
        const element = blockElement(token, last);
        this.#pages.append(element);
        this.#live.push({ token, element });
      }
    }
    for (const { element } of this.#live.splice(blocks.length).reverse()) this.#pages.remove(element);
  }

  /**
   * @param {Shown} shown
   * @param {Token} token
   * @param {boolean} ended
   */
  #update(shown, token, ended) {
    const same = shown.token.type === token.type && shown.token.raw === token.raw;
    const linked = same && !sameLinks({ ...shown.token, text: token.raw }, { ...token, text: token.raw });
    if (linked || (ended && isOpenFence(token))) {
      const element = blockElement(token, ended);
      shown.element.replaceWith(element);
      shown.element = element;
    } else if (!same) {
      shown.element = patchBlock(shown.element, shown.token, token);
    }
    shown.token = token;
  }

  /** @param {Parsed} parsed */
  #freeze({ blocks, definitions }) {
    let count = blocks.length - 1;
    // "2" may yet become "2. next": the last block settles the one before it only when it has a whole line.
    if (count > 0 && !this.#tail.slice(blocks[count - 1].end).replace(/^\n+/, "").includes("\n")) count -= 1;
    if (count <= 0) return;
    const end = blocks[count - 1].end;
    for (const { token, element } of this.#live.splice(0, count)) {
      this.#frozen.push({ type: token.type, raw: token.raw, element });
    }
    for (const { token, end: at } of definitions) {
      if (at <= end && token.type === "def") this.#links[token.tag] ??= { href: token.href, title: token.title };
    }
    this.#done += this.#tail.slice(0, end);
    this.#tail = this.#tail.slice(end);
  }

  /** The whole text at once: mends a block that was frozen too early or before the address of its link was known. */
  #check() {
    const { blocks, definitions } = parse(this.#done + this.#tail);
    const shown = [...this.#frozen.map(({ type, raw }) => ({ type, raw })), ...this.#live.map(({ token }) => token)];
    const wrong = blocks.findIndex(({ token }, index) => shown[index]?.type !== token.type || !sameText(shown[index].raw, token.raw));
    if (wrong >= 0 || shown.length !== blocks.length) {
      this.repairs += 1;
      this.#startOver(blocks);
      return;
    }
    if (!definitions.length) return;
    for (const [index, frozen] of this.#frozen.entries()) {
      if (frozen.type === "code" || !frozen.raw.includes("[")) continue;
      const element = blockElement(blocks[index].token);
      if (element.isEqualNode(frozen.element)) continue;
      frozen.element.replaceWith(element);
      frozen.element = element;
    }
  }

  /** @param {Block[]} blocks of the whole text */
  #startOver(blocks) {
    this.#pages.clear();
    this.#tail = this.#done + this.#tail;
    this.#done = "";
    this.#frozen = [];
    this.#live = [];
    this.#show(blocks, true);
  }
}

/**
 * @param {string} text
 * @param {{growing?: boolean, links?: Links}} [how]
 * @returns {Parsed}
 */
function parse(text, how) {
  try {
    return lex(text, how);
  } catch {
    // Text that breaks the parser, by depth for instance, is shown as it came.
    const token = /** @type {Token} */ ({ type: "html", raw: text, text, pre: false, block: true });
    return { blocks: [{ token, end: text.length }], definitions: [], exact: false };
  }
}

/**
 * The parser counts blank lines sometimes to the block before them, sometimes not: they do not show.
 * @param {string} a
 * @param {string} b
 */
function sameText(a, b) {
  return a === b || a.replace(/\n+$/, "") === b.replace(/\n+$/, "");
}
