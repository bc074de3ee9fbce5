/**
 * <ts-prompt-picker>: finds a kept prompt. `choose()` resolves to the id of a version, null if it was left. The search
 * field keeps the focus, arrows move in the list, Enter takes.
 */

import { t, tn } from "../core/i18n.js";
import { problemText } from "../core/problems.js";
import { prompts } from "../io/api.js";
import { openDialog, prepareDialog } from "./dialog.js";
import { el, need, showProblem } from "./dom.js";

const WAIT_MS = 150;

export class TsPromptPicker extends HTMLElement {
  #bound = false;
  #active = 0;
  /** @type {string | null} */ #chosen = null;
  /** @type {AbortController | null} */ #asking = null;
  #timer = 0;

  connectedCallback() {
    if (this.#bound) return;
    this.#bound = true;
    prepareDialog(this.#dialog);
    this.#search.addEventListener("input", () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#find(), WAIT_MS);
    });
    this.#search.addEventListener("keydown", (event) => this.#key(event));
    this.#list.addEventListener("mousedown", (event) => event.preventDefault()); // the focus stays in the search field
    this.#list.addEventListener("click", (event) => {
      const option = /** @type {Element} */ (event.target).closest("[role=option]");
      if (option) this.#take(/** @type {HTMLElement} */ (option));
    });
  }

  /** @returns {HTMLDialogElement} */ get #dialog() { return need(this, "dialog"); }
  /** @returns {HTMLInputElement} */ get #search() { return need(this, "input"); }
  /** @returns {HTMLElement} */ get #list() { return need(this, "[role=listbox]"); }
  /** @returns {HTMLElement[]} */ get #options() { return [...this.#list.querySelectorAll("[role=option]")].map((each) => /** @type {HTMLElement} */ (each)); }

  /** @returns {Promise<string | null>} */
  async choose() {
    if (this.#dialog.open) return null; // pressed twice
    this.#chosen = null;
    this.#search.value = "";
    this.#list.replaceChildren();
    this.#activate(0);
    this.#find();
    await openDialog(this.#dialog);
    clearTimeout(this.#timer);
    this.#asking?.abort();
    return this.#chosen;
  }

  async #find() {
    this.#asking?.abort();
    const asking = new AbortController();
    this.#asking = asking;
    /** @type {HTMLElement[]} */
    let rows = [];
    let hint = "";
    let problem = "";
    try {
      const { items, next } = await prompts(this.#search.value.trim().slice(0, 200), asking.signal);
      rows = items.map(rowOf);
      hint = items.length === 0 ? this.#nothing() : next ? t("There are more: type to find them.") : "";
      need(this, "[data-status]").textContent = tn("{n} prompt", "{n} prompts", items.length);
    } catch (error) {
      if (asking.signal.aborted) return;
      problem = problemText(error);
    }
    if (asking.signal.aborted) return;
    this.#list.replaceChildren(...rows);
    need(this, "[data-hint]").textContent = hint;
    showProblem(need(this, "[data-problem]"), problem);
    for (const [index, option] of this.#options.entries()) option.id = `prompt-option-${index}`;
    this.#activate(0);
  }

  #nothing() {
    return this.#search.value.trim() ? t("No prompt has these words.") : t("No prompts yet. Write one here and save it as a prompt.");
  }

  #activate(/** @type {number} */ index) {
    const options = this.#options;
    this.#active = options.length === 0 ? 0 : (index + options.length) % options.length;
    for (const [at, option] of options.entries()) {
      option.classList.toggle("active", at === this.#active);
      option.setAttribute("aria-selected", String(at === this.#active));
    }
    const option = options[this.#active];
    if (option) this.#search.setAttribute("aria-activedescendant", option.id);
    else this.#search.removeAttribute("aria-activedescendant");
    option?.scrollIntoView({ block: "nearest" });
  }

  #key(/** @type {KeyboardEvent} */ event) {
    if (event.isComposing || event.keyCode === 229 || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "ArrowDown") this.#activate(this.#active + 1);
    else if (event.key === "ArrowUp") this.#activate(this.#active - 1);
    else if (event.key === "Enter") this.#take(this.#options[this.#active]);
    else return;
    event.preventDefault();
  }

  #take(/** @type {HTMLElement | undefined} */ option) {
    if (!option) return;
    this.#chosen = option.dataset.version ?? null;
    this.#dialog.close();
  }
}

function rowOf(/** @type {any} */ { name, excerpt, mine, owner, tags, version, examples }) {
  const facts = [
    ...version.variables.map((/** @type {string} */ variable) => el("span", { class: "chip variable" }, `{${variable}}`)),
    examples > 0 ? el("span", { class: "chip" }, tn("{n} message before", "{n} messages before", examples)) : null,
    ...tags.map((/** @type {string} */ tag) => el("span", { class: "chip" }, `#${tag}`)),
    mine ? null : el("span", { class: "chip" }, t("by {name}", { name: owner })),
  ];
  const title = el("span", { class: "prompt-option-name" }, name, " ", el("span", { class: "muted" }, `v${version.number}`));
  return el("div", { class: "prompt-option", role: "option", "aria-selected": "false", "data-version": version.id }, title, el("span", { class: "one-line muted" }, excerpt), el("span", { class: "chip-list" }, ...facts));
}
