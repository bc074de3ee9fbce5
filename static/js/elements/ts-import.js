/** <ts-import>: brings an exported comparison (or batch: data-kind) back in and opens it. What is wrong with a file is said beside the button. */

import { t } from "../core/i18n.js";
import { problemText } from "../core/problems.js";
import { ApiError, importFile, textOf } from "../io/api.js";
import { el, need } from "./dom.js";

const MOST_SHOWN = 5;

export class TsImport extends HTMLElement {
  #bound = false;
  #busy = false;

  connectedCallback() {
    if (this.#bound) return;
    this.#bound = true;
    need(this, "button").addEventListener("click", () => this.#input.click());
    this.#input.addEventListener("change", () => this.#take());
  }

  /** @returns {HTMLInputElement} */ get #input() { return need(this, "input"); }

  async #take() {
    const file = this.#input.files?.[0];
    if (!file || this.#busy) return;
    this.#busy = true;
    const words = /** @type {ChildNode} */ (need(this, "button").lastChild);
    const before = words.textContent;
    words.textContent = t("Importing…"); // hundreds of answers take some seconds
    this.#say([]);
    try {
      const { url, path } = await importFile(this.dataset.kind === "batches" ? "batches" : "comparisons", await textOf(file, Number(this.dataset.max)));
      location.assign(path ?? new URL(url).pathname);
    } catch (error) {
      this.#say(wordsOf(error));
    } finally {
      this.#busy = false;
      words.textContent = before;
      this.#input.value = "";
    }
  }

  #say(/** @type {string[]} */ lines) {
    const place = need(document, "[data-import-problem]");
    place.hidden = lines.length === 0;
    place.replaceChildren(...lines.map((line) => el("span", { class: "line" }, line)));
  }
}

/** The problem, and where in the file each part of it is. */
function wordsOf(/** @type {unknown} */ error) {
  const details = error instanceof ApiError && Array.isArray(error.details) ? error.details : [];
  const places = details.filter(({ field }) => field).map(({ field, message }) => `${field}: ${message}`);
  const head = places.length > 0 ? t("This file cannot be imported.") : problemText(error);
  return [head, ...places.slice(0, MOST_SHOWN)];
}
