/**
 * One answer on the page. Text is pushed as it comes and shown by the shared frame: rendered Markdown or the source.
 * The text is a model's, hence hostile: it reaches the DOM as text nodes and elements made one by one, never as HTML.
 */

import { t } from "../core/i18n.js";
import { MarkdownView } from "./markdown.js";
import { settled } from "./pending.js";
import { PlainView } from "./plain.js";
import { frame } from "./scheduler.js";
import { Newlines } from "./text.js";

/** @typedef {import("./scheduler.js").Task} Task */
/** @typedef {"rendered" | "source"} View */

/** Beyond this many characters the text is shown as it came. */
export const RENDER_LIMIT = 256 * 1024;

/** @implements {Task} */
export class Answer {
  /** When the oldest text came that is not shown yet. */
  since = 0;
  #root;
  /** @type {View} */
  #view;
  #visible = true;
  #source = "";
  #text = "";
  #newlines = new Newlines();
  #ended = false;
  /** @type {(() => void)[]} */
  #finished = [];
  /** @type {Rendered | null} */
  #rendered = null;
  /** @type {Source | null} */
  #plain = null;

  /**
   * @param {HTMLElement} root is filled by the answer and holds nothing else
   * @param {{view?: View}} [options]
   */
  constructor(root, { view = "rendered" } = {}) {
    this.#root = root;
    this.#view = view;
    root.classList.add("answer");
  }

  /** @param {string} text more of the model's output */
  push(text) {
    if (!text) return;
    if (!this.waiting) this.since = performance.now();
    this.#source += text;
    this.#text += this.#newlines.normalise(text);
    this.#ended = false;
    this.#root.toggleAttribute("data-streaming", true);
    frame.request(this);
  }

  /**
   * The text is complete: colours, and links whose address came late. More may be pushed afterwards all the same.
   * @returns {Promise<void>} when everything is in place
   */
  finish() {
    this.#ended = true;
    frame.request(this);
    return new Promise((resolve) => {
      this.#finished.push(() => resolve(settled()));
    });
  }

  /** Forgets everything, for another attempt in the same place. */
  reset() {
    frame.forget(this);
    this.#source = "";
    this.#text = "";
    this.#newlines = new Newlines();
    this.#ended = false;
    this.#rendered = null;
    this.#plain = null;
    this.#root.replaceChildren();
    this.#root.removeAttribute("data-streaming");
    this.#resolve();
  }

  /** The page takes the answer away: nothing of it is shown any more. */
  close() {
    frame.forget(this);
    this.#resolve();
  }

  /** @param {View} view */
  setView(view) {
    if (view === this.#view) return;
    this.#view = view;
    frame.request(this);
  }

  /** The text exactly as it was pushed. */
  get source() {
    return this.#source;
  }

  get visible() {
    return this.#visible;
  }

  /** @param {boolean} visible out of view, text is shown every 500 ms only */
  set visible(visible) {
    this.#visible = visible;
    if (visible && this.waiting) frame.request(this);
  }

  get urgent() {
    return this.#ended || this.#shownPart() === null;
  }

  get waiting() {
    return this.#viewText().length - (this.#shownPart()?.written ?? 0);
  }

  get blockReady() {
    return this.#viewText().indexOf("\n\n", Math.max(0, (this.#shownPart()?.written ?? 0) - 1)) >= 0;
  }

  #shownPart() {
    return this.#view === "source" ? this.#plain : this.#rendered;
  }

  /** Markdown knows one kind of line end; the source view has the text as it came. */
  #viewText() {
    return this.#view === "source" ? this.#source : this.#text;
  }

  /** Called by the shared frame. */
  flush() {
    const part = this.#view === "source" ? (this.#plain ??= new Source(this.#root)) : (this.#rendered ??= new Rendered(this.#root));
    if (this.#rendered) this.#rendered.element.hidden = part !== this.#rendered;
    if (this.#plain) this.#plain.element.hidden = part !== this.#plain;
    part.write(this.#viewText(), this.#ended);
    if (!this.#ended) return;
    this.#root.removeAttribute("data-streaming");
    this.#resolve();
  }

  #resolve() {
    for (const done of this.#finished.splice(0)) done();
  }
}

/** The text as Markdown, and what exceeds the limit as plain text below it. */
class Rendered {
  written = 0;
  element = document.createElement("div");
  #body = document.createElement("div");
  #markdown = new MarkdownView(this.#body);
  /** @type {PlainView | null} */
  #rest = null;
  #complete = false;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.element.className = "answer-rendered";
    this.element.append(this.#body);
    root.append(this.element);
  }

  /**
   * @param {string} text
   * @param {boolean} ended
   */
  write(text, ended) {
    if (this.written === text.length && ended === this.#complete) return;
    const limit = limitOf(text);
    if (this.written < limit) this.#markdown.push(text.slice(this.written, limit));
    if (ended) this.#markdown.finish();
    else if (this.written < limit) this.#markdown.flush();
    if (text.length > limit) this.#writeRest(text.slice(Math.max(this.written, limit)));
    this.written = text.length;
    this.#complete = ended;
  }

  /** @param {string} text */
  #writeRest(text) {
    if (!this.#rest) {
      const note = document.createElement("p");
      note.className = "answer-note";
      note.append(t("This answer is very long. The rest is shown as plain text."));
      this.element.append(note);
      this.#rest = new PlainView(this.element, t("Rest of the answer"));
    }
    this.#rest.append(text);
  }
}

/** The text as it came. */
class Source {
  written = 0;
  element = document.createElement("div");
  #view = new PlainView(this.element, t("Source of the answer"));

  /** @param {HTMLElement} root */
  constructor(root) {
    this.element.className = "answer-source";
    root.append(this.element);
  }

  /** @param {string} text */
  write(text) {
    this.#view.append(text.slice(this.written));
    this.written = text.length;
  }
}

/** @param {string} text */
function limitOf(text) {
  const last = text.charCodeAt(RENDER_LIMIT - 1);
  // Never between the two halves of a character; decided by the text alone, so that chunks make no difference.
  return Math.min(text.length, RENDER_LIMIT - (last >= 0xd800 && last < 0xdc00 ? 1 : 0));
}
