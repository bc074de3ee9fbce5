/** <ts-prompts>: what one can do beside reading on the pages of prompts: import a file, duplicate, delete after asking. */

import { t, tn } from "../core/i18n.js";
import { problemText } from "../core/problems.js";
import { ApiError, deletePrompt, duplicatePrompt, importPrompts, textOf } from "../io/api.js";
import { openDialog, prepareDialog } from "./dialog.js";
import { el, need, showProblem } from "./dom.js";

const MOST_SHOWN = 5;

export class TsPrompts extends HTMLElement {
  #bound = false;
  #busy = false;

  connectedCallback() {
    if (this.#bound) return;
    this.#bound = true;
    this.#button("[data-import]", () => this.#file?.click());
    this.#button("[data-duplicate]", () => this.#try(() => this.#duplicate()));
    this.#button("[data-delete]", () => openDialog(need(this, "dialog")));
    this.#file?.addEventListener("change", () => this.#try(() => this.#import()));
    const dialog = /** @type {HTMLDialogElement | null} */ (this.querySelector("dialog"));
    if (!dialog) return;
    prepareDialog(dialog);
    need(dialog, "[data-confirm]").addEventListener("click", () => this.#delete());
  }

  /** @returns {HTMLInputElement | null} */ get #file() { return this.querySelector("[data-file]"); }

  #button(/** @type {string} */ selector, /** @type {() => void} */ act) {
    const button = /** @type {HTMLElement | null} */ (this.querySelector(selector));
    button?.addEventListener("click", act);
  }

  async #try(/** @type {() => Promise<unknown>} */ act) {
    if (this.#busy) return;
    this.#busy = true;
    this.#say([]);
    try {
      await act();
    } catch (error) {
      this.#say(wordsOf(error));
    } finally {
      this.#busy = false;
    }
  }

  #say(/** @type {string[]} */ lines) {
    const place = need(this, "[data-problem]");
    place.hidden = lines.length === 0;
    place.replaceChildren(el("div", {}, ...lines.map((line) => el("p", {}, line))));
    if (lines.length > 0) place.focus();
  }

  async #duplicate() {
    const { id } = await duplicatePrompt(this.dataset.id ?? "");
    location.assign(`${this.dataset.listUrl}${id}/`);
  }

  async #import() {
    const input = this.#file;
    const file = input?.files?.[0];
    if (!input || !file) return;
    try {
      const { items, skipped } = await importPrompts(await textOf(file, Number(this.dataset.max)));
      const said = [tn("{n} prompt was brought in.", "{n} prompts were brought in.", items.length)];
      if (skipped > 0) said.push(tn("{n} was left out: it is here already.", "{n} were left out: they are here already.", skipped));
      this.#tell(said.join(" "));
    } finally {
      input.value = "";
    }
  }

  /** What was done, with a way to the list as it is now. */
  #tell(/** @type {string} */ said) {
    const status = need(this, "[data-status]");
    status.hidden = false;
    status.replaceChildren(el("span", {}, said, " ", el("a", { href: this.dataset.listUrl ?? location.pathname }, t("Show the list"))));
  }

  async #delete() {
    const place = need(this, "[data-delete-problem]");
    place.textContent = "";
    try {
      await deletePrompt(this.dataset.id ?? "");
    } catch (error) {
      // Already gone is what was wanted.
      if (!(error instanceof ApiError && error.status === 404)) {
        showProblem(place, problemText(error));
        return;
      }
    }
    location.assign(this.dataset.listUrl ?? "/");
  }
}

/** The problem, and where in a file each part of it is. */
function wordsOf(/** @type {unknown} */ error) {
  const details = error instanceof ApiError && Array.isArray(error.details) ? error.details : [];
  const places = details.map(({ field, message }) => [field, message].filter(Boolean).join(": "));
  const head = places.length > 0 ? t("This file cannot be imported; nothing was taken from it.") : problemText(error);
  return [head, ...places.slice(0, MOST_SHOWN)];
}
