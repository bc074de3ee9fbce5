/**
 * <ts-composer>: writes a comparison and starts it. Keeps the draft through errors and reloads, submits it once however
 * often one clicks, and tells the rest of the page: "ts:draft" when the columns change, "ts:opened" when it runs.
 */

import * as drafts from "../core/draft.js";
import { t, tn } from "../core/i18n.js";
import { letterOf } from "../core/letters.js";
import { chipsOf } from "../core/params.js";
import { draftProblemText, problemText } from "../core/problems.js";
import * as api from "../io/api.js";
import { askedModels } from "../io/asked-models.js";
import { loadDraft, loadLastUsed, newKey, saveDraft, saveLastUsed } from "../io/drafts.js";
import { el, grow, isSubmitKey, need, tell } from "./dom.js";
import { FieldErrors } from "./field-errors.js";
import { isFree } from "./shortcuts.js";

const TEXT_FIELDS = /** @type {const} */ (["prompt", "system", "title", "tags"]);
const SUBMISSION = "submission";

export class TsComposer extends HTMLElement {
  #draft = drafts.emptyDraft();
  /** @type {import("../core/picker.js").Model[]} */ #models = [];
  /** @type {import("../core/picker.js").Provider[]} */ #providers = [];
  /** @type {Map<string, import("../core/picker.js").Model> | null} */ #byId = null;
  /** @type {Promise<void> | null} */ #loaded = null;
  #errors = new FieldErrors(this);
  #sending = false;
  #started = false;

  connectedCallback() {
    document.addEventListener("ts:add-model", this.#add);
    document.addEventListener("ts:column", this.#wish);
    document.addEventListener("keydown", this.#globalKey);
    if (this.hidden || this.#started) return;
    this.#started = true;
    this.#restore();
    this.#listen();
    this.#loaded = this.#load();
  }

  disconnectedCallback() {
    document.removeEventListener("ts:add-model", this.#add);
    document.removeEventListener("ts:column", this.#wish);
    document.removeEventListener("keydown", this.#globalKey);
  }

  /** @returns {HTMLFormElement} */ get #form() { return need(this, "form"); }
  /** @returns {import("./ts-models.js").TsModels} */ get #chips() { return need(this, "ts-models"); }
  /** @returns {HTMLElement} */ get #addButton() { return need(this, "[data-add]"); }

  /** @returns {HTMLTextAreaElement} */
  #field(/** @type {string} */ name) { return need(this, `[name="${name}"]`); }

  #restore() {
    const stored = loadDraft();
    this.#draft = drafts.restoreDraft(stored ?? loadLastUsed());
    for (const name of TEXT_FIELDS) this.#field(name).value = this.#draft[name];
    const asked = askedModels();
    if (asked !== null) saveDraft(Object.assign(this.#draft, { columns: drafts.addModels([], asked) }));
    if (this.#draft.system) /** @type {HTMLDetailsElement} */ (need(this, ".composer-system")).open = false;
    this.#show();
  }

  #listen() {
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#run();
    });
    this.#form.addEventListener("input", this.#input);
    this.#addButton.addEventListener("click", this.#add);
    need(this, "[data-edit-params]").addEventListener("click", () => this.#editCommon());
    this.#chips.addEventListener("edit", (event) => this.#editColumn(/** @type {CustomEvent} */ (event).detail.index));
    this.#chips.addEventListener("remove", (event) => this.#remove(/** @type {CustomEvent} */ (event).detail.index));
  }

  async #load() {
    try {
      [this.#models, this.#providers] = await Promise.all([api.models(), api.providers()]);
    } catch (error) {
      this.#errors.show("models", problemText(error));
      return;
    }
    this.#byId = new Map(this.#models.map((model) => [model.id, model]));
    if (this.#draft.columns.length === 0 && loadDraft() === null) this.#draft.columns = drafts.firstColumns(this.#models);
    if (!this.#models.some((model) => model.available)) this.#noModels();
    this.#show();
    if (location.hash === "#add-model") this.#add();
  }

  #noModels() {
    const place = this.#errors.place("models");
    const admin = this.dataset.staff === "true" ? el("a", { href: this.dataset.adminUrl }, t("Open the admin")) : null;
    place.replaceChildren(t("No model can be used yet: a provider needs an API key."), admin ?? "");
  }

  /** Draws what depends on the draft and tells the grid. */
  #show() {
    const { columns, values } = this.#draft;
    this.#chips.show(columns, this.#byId, values);
    need(this, "[data-params]").replaceChildren(
      ...chipsOf(values).map(({ label, text }) => el("li", { class: "chip" }, `${label} `, el("b", {}, text))),
    );
    const answers = drafts.answersOf(columns);
    const counts = [tn("{n} model", "{n} models", columns.length), answers > columns.length ? tn("{n} answer", "{n} answers", answers) : ""];
    need(this, "[data-count]").textContent = counts.filter(Boolean).join(" · ");
    this.#previews();
    tell("ts:draft", { columns: columns.map((column, index) => this.#forGrid(column, index)) });
  }

  #forGrid(/** @type {import("../core/draft.js").DraftColumn} */ { model, overrides, system, samples }, /** @type {number} */ index) {
    const known = this.#byId?.get(model);
    const provider = known?.provider_label ?? known?.provider ?? "";
    return { label: letterOf(index), model, provider, capabilities: known?.capabilities ?? {}, context_window: known?.context_window ?? null, overrides: { ...overrides, system }, samples };
  }

  #previews() {
    const system = need(this, '[data-preview="system"]');
    system.textContent = this.#draft.system.trim() || system.dataset.empty || "";
    const tags = drafts.tagsOf(this.#draft.tags).map((tag) => `#${tag}`);
    need(this, '[data-preview="labels"]').textContent = [this.#draft.title.trim(), ...tags].filter(Boolean).join(" ");
  }

  #input = (/** @type {Event} */ event) => {
    const field = /** @type {HTMLTextAreaElement} */ (event.target);
    const name = TEXT_FIELDS.find((known) => known === field.name);
    if (!name) return;
    this.#draft[name] = field.value;
    saveDraft(this.#draft);
    this.#errors.clear(name);
    this.#previews();
    if (field.classList.contains("grows")) grow(field);
  };

  #changed() {
    saveDraft(this.#draft);
    this.#errors.clear("models", "params");
    this.#show();
  }

  #globalKey = (/** @type {KeyboardEvent} */ event) => {
    if (this.hidden) return;
    if (isSubmitKey(event)) this.#run();
    else if (event.key === "/" && isFree(event)) this.#add();
    else return;
    event.preventDefault();
  };

  #add = async () => {
    if (this.hidden) return;
    await this.#loaded; // who is quicker than the list waits for it
    /** @type {import("./ts-picker.js").TsPicker} */
    const picker = need(document, "ts-picker");
    const ids = await picker.choose({ models: this.#models, providers: this.#providers, columns: this.#draft.columns, fallback: this.#addButton });
    if (ids.length === 0) return;
    this.#draft.columns = drafts.addModels(this.#draft.columns, ids);
    this.#changed();
  };

  #remove(/** @type {number} */ index) {
    this.#draft.columns = drafts.removeColumn(this.#draft.columns, index);
    this.#changed();
    if (!this.#chips.focusNear(index)) this.#addButton.focus();
  }

  /** From the menu of a column below. */
  #wish = (/** @type {Event} */ event) => {
    const { what, index } = /** @type {CustomEvent} */ (event).detail;
    if (what === "edit") this.#editColumn(index);
    else this.#remove(index);
  };

  async #editCommon(/** @type {{name: string, text: string} | null} */ refused = null) {
    const result = await this.#params.edit({ values: this.#draft.values, refused });
    if (result?.action !== "apply") return;
    this.#draft.values = result.values;
    this.#changed();
  }

  /** @param {number} index @param {{name: string, text: string} | null} refused */
  async #editColumn(index, refused = null) {
    await this.#loaded; // what its provider speaks is in the list
    const column = this.#draft.columns[index];
    const title = t("Column {letter}: {model}", { letter: letterOf(index), model: column.model });
    const { protocols } = this.#byId?.get(column.model) ?? {};
    const result = await this.#params.edit({ values: column.overrides, column, common: this.#draft, title, protocols, refused });
    if (result?.action === "remove") this.#remove(index);
    else if (result) {
      const changed = this.#draft.columns.with(index, drafts.columnOf(column.model, result));
      this.#draft.columns = result.action === "duplicate" ? drafts.duplicateColumn(changed, index) : changed;
      this.#changed();
      this.#chips.focusNear(index);
    }
  }

  /** @returns {import("./ts-params.js").TsParams} */ get #params() { return need(document, "ts-params"); }

  async #run() {
    if (this.#sending) return;
    this.#errors.clear(...TEXT_FIELDS, "models", "params", "form");
    const problem = drafts.problemOf(this.#draft);
    if (problem) {
      this.#errors.show(problem.field, draftProblemText(problem), { focus: true });
      return;
    }
    const submission = drafts.submissionOf(JSON.stringify(drafts.requestOf(this.#draft)), loadDraft(SUBMISSION), newKey);
    saveDraft(submission, SUBMISSION);
    this.#busy(true);
    try {
      this.#opened(await api.createComparison(submission.body, submission.key));
    } catch (error) {
      this.#refused(error);
    } finally {
      this.#busy(false);
    }
  }

  #busy(/** @type {boolean} */ busy) {
    this.#sending = busy;
    need(this, "[data-run]").setAttribute("aria-disabled", String(busy));
    this.#form.setAttribute("aria-busy", String(busy));
  }

  #opened(/** @type {{id: string, url: string, ws_url: string, state: any}} */ { id, url, ws_url, state }) {
    saveLastUsed(drafts.lastUsed(this.#draft));
    saveDraft(null, SUBMISSION);
    saveDraft({ ...drafts.emptyDraft(), columns: this.#draft.columns, values: this.#draft.values, system: this.#draft.system });
    this.hidden = true;
    const path = new URL(url, location.href).pathname;
    history.pushState({ comparison: id }, "", path);
    for (const next of document.querySelectorAll("input[name=next]")) /** @type {HTMLInputElement} */ (next).value = path;
    document.body.dataset.page = "comparison";
    tell("ts:opened", { id, ws_url, state: null });
    tell("ts:asked", { id, state });
  }

  #refused(/** @type {any} */ error) {
    const text = problemText(error);
    // Somebody used this key with another body: only a new key can help, and the draft is still here.
    if (error.status === 409) saveDraft(null, SUBMISSION);
    const { field, index } = drafts.fieldOf(error.details);
    this.#errors.show(field, text, { focus: true });
    if (index !== null) this.#chips.mark(index);
    const name = drafts.paramOf(error.details);
    if (name && index !== null) this.#editColumn(index, { name, text });
    else if (name) this.#editCommon({ name, text });
  }
}
