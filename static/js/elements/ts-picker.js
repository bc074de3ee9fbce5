/**
 * <ts-picker>: choose models in a dialog. `choose({models, columns})` opens it and resolves to model ids, each as often
 * as wanted, or to [] when it was left. A combobox keeps the focus; after an arrow key, Space selects and digits set copies.
 */

import { lettersOf, MAX_COLUMNS } from "../core/draft-columns.js";
import { t, tn } from "../core/i18n.js";
import { cut, groupsOf, idsOf, setCopies, total, typedModel } from "../core/picker.js";
import { openDialog, prepareDialog } from "./dialog.js";
import { el, need } from "./dom.js";
import { groupOf, rowOf, typedRow } from "./picker-rows.js";
import { roving } from "./roving.js";

export class TsPicker extends HTMLElement {
  /** @type {import("../core/picker.js").Model[]} */ #models = [];
  /** @type {import("../core/picker.js").Provider[]} */ #providers = [];
  /** @type {import("../core/draft.js").DraftColumn[]} */ #columns = [];
  /** @type {Map<string, number>} */ #wanted = new Map();
  #room = MAX_COLUMNS;
  /** Whether an arrow key was the last thing: then Space and digits speak of the row, not of the text. */
  #moving = false;
  /** @type {string | null} */ #active = null;
  #bound = false;

  connectedCallback() {
    if (this.#bound) return;
    this.#bound = true;
    prepareDialog(this.#dialog);
    roving(need(this, ".filters"));
    this.#search.addEventListener("input", () => {
      this.#moving = false;
      this.#active = null;
      this.#draw();
    });
    this.#search.addEventListener("keydown", (event) => this.#key(event));
    this.#list.addEventListener("mousedown", (event) => event.preventDefault()); // the focus stays in the search field
    this.#list.addEventListener("click", (event) => this.#click(event));
    need(this, ".filters").addEventListener("click", (event) => this.#filter(event));
    this.#apply.addEventListener("click", () => this.#dialog.close("apply"));
  }

  /** @param {{models: import("../core/picker.js").Model[], providers: import("../core/picker.js").Provider[], columns: import("../core/draft.js").DraftColumn[], fallback?: HTMLElement | null}} options */
  async choose({ models, providers, columns, fallback = null }) {
    if (this.#dialog.open) return []; // pressed twice
    this.#models = models;
    this.#providers = providers;
    this.#columns = columns;
    this.#room = MAX_COLUMNS - columns.length;
    this.#wanted = new Map();
    this.#active = null;
    this.#moving = false;
    this.#search.value = "";
    for (const button of this.#filters) button.setAttribute("aria-pressed", "false");
    this.#draw();
    const result = await openDialog(this.#dialog, fallback);
    return result === "apply" ? idsOf(this.#wanted) : [];
  }

  /** @returns {HTMLDialogElement} */ get #dialog() { return need(this, "dialog"); }
  /** @returns {HTMLInputElement} */ get #search() { return need(this, "input"); }
  /** @returns {HTMLElement} */ get #list() { return need(this, "[role=listbox]"); }
  /** @returns {HTMLButtonElement} */ get #apply() { return need(this, "[data-apply]"); }
  /** @returns {HTMLElement[]} */ get #filters() { return [...this.querySelectorAll(".filters button")].map((b) => /** @type {HTMLElement} */ (b)); }
  /** @returns {HTMLElement[]} */ get #options() { return [...this.#list.querySelectorAll("[role=option]")].map((o) => /** @type {HTMLElement} */ (o)); }

  #draw() {
    const query = this.#search.value;
    const filters = this.#filters.filter((b) => b.getAttribute("aria-pressed") === "true").map((b) => b.dataset.filter ?? "");
    const { groups, left } = cut(groupsOf(this.#models, { query, filters }));
    const typed = this.dataset.typed === "false" ? null : typedModel(query, this.#models, this.#providers);
    const context = { query, wanted: this.#wanted, letters: (/** @type {string} */ id) => lettersOf(this.#columns, id) };
    const rows = groups.map((group) => groupOf(group, group.models.map((model) => rowOf(model, context))));
    if (typed) rows.push(typedRow(typed, context));
    if (left > 0) rows.push(el("p", { class: "hint" }, tn("{n} more model: type to find it", "{n} more models: type to find them", left)));
    if (rows.length === 0) rows.push(el("p", { class: "hint" }, this.#nothing()));
    this.#list.replaceChildren(...rows);
    for (const [index, option] of this.#options.entries()) option.id = `picker-option-${index}`;
    this.#activate(this.#option(this.#active) ?? this.#options.find((option) => !isDisabled(option)) ?? null);
    this.#count();
  }

  #nothing() {
    if (this.#models.length === 0) return t("There are no models yet. An administrator adds providers and keys.");
    if (this.dataset.typed === "false") return t("No model matches. Only models of the list may be used by you.");
    return t("No model matches. A full id such as provider/model-id works too, if the provider is known.");
  }

  #count() {
    const chosen = total(this.#wanted);
    need(this, "[data-count]").textContent = t("{n} of {most}", { n: this.#columns.length + chosen, most: MAX_COLUMNS });
    this.#apply.disabled = chosen === 0;
    this.#apply.textContent = chosen === 0 ? t("Add") : tn("Add {n} model", "Add {n} models", chosen);
  }

  #option(/** @type {string | null} */ id) {
    return this.#options.find((option) => option.dataset.id === id);
  }

  #activate(/** @type {HTMLElement | null} */ option) {
    for (const other of this.#options) other.classList.toggle("active", other === option);
    this.#active = option?.dataset.id ?? null;
    if (option) this.#search.setAttribute("aria-activedescendant", option.id);
    else this.#search.removeAttribute("aria-activedescendant");
    option?.scrollIntoView({ block: "nearest" });
  }

  #key(/** @type {KeyboardEvent} */ event) {
    if (event.isComposing || event.keyCode === 229 || event.altKey || event.ctrlKey || event.metaKey) return;
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
    if (step !== undefined) this.#move(step);
    else if (event.key === "Enter") this.#enter();
    else if (this.#moving && event.key === " ") this.#toggle(this.#active);
    else if (this.#moving && /^[0-9]$/.test(event.key)) this.#want(this.#active, Number(event.key));
    else return;
    event.preventDefault();
  }

  #move(/** @type {number} */ step) {
    const options = this.#options.filter((option) => !isDisabled(option));
    if (options.length === 0) return;
    const at = options.findIndex((option) => option.dataset.id === this.#active);
    const to = at + step;
    const wrapped = Math.abs(step) === 1 ? (to + options.length) % options.length : Math.max(0, Math.min(options.length - 1, to));
    this.#moving = true;
    this.#activate(options[wrapped]);
  }

  /** Enter adds what is selected; with nothing selected, the row that is active. */
  #enter() {
    if (total(this.#wanted) === 0) this.#want(this.#active, 1);
    if (total(this.#wanted) > 0) this.#dialog.close("apply");
  }

  #toggle(/** @type {string | null} */ id) {
    if (id !== null) this.#want(id, this.#wanted.has(id) ? 0 : 1);
  }

  #want(/** @type {string | null} */ id, /** @type {number} */ copies) {
    if (id === null || isDisabled(this.#option(id))) return;
    this.#wanted = setCopies(this.#wanted, id, copies, this.#room);
    const got = this.#wanted.get(id) ?? 0;
    this.#active = id;
    this.#draw();
    const full = got < copies ? t("At most {most} columns at once.", { most: MAX_COLUMNS }) : "";
    need(this, "[data-status]").textContent = [tn("{n} copy of {id}", "{n} copies of {id}", got, { id }), full].filter(Boolean).join(". ");
  }

  #click(/** @type {MouseEvent} */ event) {
    const target = /** @type {Element} */ (event.target);
    const id = /** @type {HTMLElement | null} */ (target.closest("[role=option]"))?.dataset.id;
    if (id === undefined) return;
    const step = Number(/** @type {HTMLElement | null} */ (target.closest("[data-step]"))?.dataset.step ?? 0);
    this.#moving = true;
    if (step) this.#want(id, Math.max(0, (this.#wanted.get(id) ?? 0) + step));
    else this.#toggle(id);
  }

  #filter(/** @type {Event} */ event) {
    const button = /** @type {Element} */ (event.target).closest("button");
    if (!button) return;
    button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
    this.#active = null;
    this.#draw();
    need(this, "[data-status]").textContent = tn("{n} model", "{n} models", this.#options.length);
  }
}

const isDisabled = (/** @type {HTMLElement | undefined} */ option) => !option || option.getAttribute("aria-disabled") === "true";
