/**
 * <ts-composer>: writes a comparison and starts it. Keeps the draft through errors and reloads, submits it once however
 * often one clicks, and tells the rest of the page: "ts:draft" when the columns change, "ts:opened" when it runs.
 */

import * as columns from "../core/draft-columns.js";
import * as drafts from "../core/draft.js";
import { t } from "../core/i18n.js";
import { letterOf } from "../core/letters.js";
import { variablesOf } from "../core/template.js";
import { draftProblemText, problemText } from "../core/problems.js";
import * as api from "../io/api.js";
import { loadDraft, newKey, saveDraft, saveLastUsed } from "../io/drafts.js";
import { keepDraft, keepForNext, startingDraft } from "../io/starting-draft.js";
import { ComposerPrompt } from "./composer-prompt.js";
import { TEXT_FIELDS, drawColumns, drawPreviews, fillTexts, takeAddress } from "./composer-view.js";
import { grow, isSubmitKey, need, tell } from "./dom.js";
import { FieldErrors } from "./field-errors.js";
import { isFree } from "./shortcuts.js";

const SUBMISSION = "submission";

export class TsComposer extends HTMLElement {
  #draft = drafts.emptyDraft();
  /** @type {import("../core/picker.js").Model[]} */ #models = [];
  /** @type {import("../core/picker.js").Provider[]} */ #providers = [];
  /** @type {Map<string, import("../core/picker.js").Model> | null} */ #byId = null;
  /** @type {Promise<void> | null} */ #loaded = null;
  #errors = new FieldErrors(this);
  /** @type {ComposerPrompt | null} */ #kept = null;
  #isFresh = true;
  #sending = false;

  connectedCallback() {
    document.addEventListener("ts:add-model", this.#add);
    document.addEventListener("ts:column", this.#wish);
    document.addEventListener("keydown", this.#globalKey);
    if (this.hidden || this.#kept) return;
    this.#kept = new ComposerPrompt(this, {
      read: () => this.#draft,
      write: (draft) => this.#replace(draft),
      note: () => this.#keep(),
      problem: (text) => this.#errors.show("prompt", text, { focus: text !== "" }),
    });
    const asked = this.#kept.fromAddress();
    this.#restore();
    this.#listen();
    this.#loaded = Promise.all([this.#load(), asked]).then(() => undefined);
  }

  disconnectedCallback() {
    document.removeEventListener("ts:add-model", this.#add);
    document.removeEventListener("ts:column", this.#wish);
    document.removeEventListener("keydown", this.#globalKey);
  }

  /** @returns {HTMLFormElement} */ get #form() { return need(this, "form"); }
  /** @returns {import("./ts-models.js").TsModels} */ get #chips() { return need(this, "ts-models"); }
  /** @returns {HTMLElement} */ get #addButton() { return need(this, "[data-add]"); }
  /** @returns {HTMLTextAreaElement} */ #field(/** @type {string} */ name) { return need(this, `[name="${name}"]`); }

  #restore() {
    ({ draft: this.#draft, isFresh: this.#isFresh } = startingDraft());
    if (fillTexts(this.#draft, (name) => this.#field(name))) this.#keep();
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
    need(this, "[data-sets]").addEventListener("click", () => this.#openSets());
    this.#chips.addEventListener("edit", (event) => this.#editColumn(/** @type {CustomEvent} */ (event).detail.index));
    this.#chips.addEventListener("remove", (event) => this.#remove(/** @type {CustomEvent} */ (event).detail.index));
  }

  async #load() {
    try {
      [this.#models, this.#providers] = await Promise.all([api.models(), api.providers()]);
    } catch (error) {
      return this.#errors.show("models", problemText(error));
    }
    this.#byId = new Map(this.#models.map((model) => [model.id, model]));
    if (this.#draft.columns.length === 0 && this.#isFresh) this.#draft.columns = drafts.firstColumns(this.#models);
    need(this, "[data-no-models]").hidden = drafts.firstColumns(this.#models).length > 0;
    this.#show();
    if (location.hash === "#add-model") this.#add();
  }

  /** Draws what depends on the draft and tells the grid. */
  #show() {
    drawColumns(this, this.#draft, this.#byId);
    this.#previews();
  }

  #previews() {
    drawPreviews(this, this.#draft);
    this.#kept?.draw();
  }

  /** Another text than the one that was typed here: a kept prompt, or what was there before it. */
  #replace(/** @type {import("../core/draft.js").Draft} */ draft) {
    this.#draft = draft;
    for (const name of TEXT_FIELDS) this.#field(name).value = draft[name];
    for (const area of this.querySelectorAll("textarea")) grow(area);
    this.#errors.clear("prompt", "system");
    this.#changed();
  }

  #input = (/** @type {Event} */ event) => {
    const field = /** @type {HTMLTextAreaElement} */ (event.target);
    if (field.dataset.variable) this.#errors.clear(field.name);
    const name = TEXT_FIELDS.find((known) => known === field.name);
    if (!name) return;
    this.#draft[name] = field.value;
    this.#keep();
    this.#errors.clear(name);
    this.#previews();
    if (field.classList.contains("grows")) grow(field);
  };

  #keep = () => keepDraft(this.#draft, !this.#isFresh || this.#byId !== null);

  #changed() {
    this.#keep();
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
    this.#draft.columns = columns.addModels(this.#draft.columns, ids);
    this.#changed();
  };

  async #openSets() {
    await this.#loaded; // which of their models can be used is in the list
    /** @type {import("./ts-column-sets.js").TsColumnSets} */
    const sets = need(document, "ts-column-sets");
    const opened = await sets.open({ draft: this.#draft, models: this.#byId ?? new Map(), providers: this.#providers });
    if (opened === null) return;
    this.#draft = opened;
    this.#changed();
    this.#chips.focusNear(0);
  }

  #remove(/** @type {number} */ index) {
    this.#draft.columns = columns.removeColumn(this.#draft.columns, index);
    this.#changed();
    if (!this.#chips.focusNear(index)) this.#addButton.focus();
  }

  /** From the menu of a column below. */
  #wish = (/** @type {Event} */ event) => {
    const { what, index, step } = /** @type {CustomEvent} */ (event).detail;
    if (what === "edit") return this.#editColumn(index);
    if (what === "remove") return this.#remove(index);
    this.#draft.columns = (what === "move" ? columns.moveColumn : columns.duplicateColumn)(this.#draft.columns, index, step);
    return this.#changed();
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
    const { protocols, efforts } = this.#byId?.get(column.model) ?? {};
    const result = await this.#params.edit({ values: column.overrides, column, common: this.#draft, title, protocols, efforts, refused });
    if (result?.action === "remove") this.#remove(index);
    else if (result) {
      const changed = this.#draft.columns.with(index, drafts.columnOf(column.model, result));
      this.#draft.columns = result.action === "duplicate" ? columns.duplicateColumn(changed, index) : changed;
      this.#changed();
      this.#chips.focusNear(index);
    }
  }

  /** @returns {import("./ts-params.js").TsParams} */ get #params() { return need(document, "ts-params"); }

  async #run() {
    if (this.#draft.columns.length === 0) await this.#loaded; // the first models are in the list
    if (this.#sending) return;
    this.#errors.clear(...TEXT_FIELDS, "models", "params", "form", "attachments", ...variablesOf(this.#draft).map((name) => `variables.${name}`));
    const problem = drafts.problemOf(this.#draft);
    if (problem) return this.#errors.show(problem.field, draftProblemText(problem), { focus: true });
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
    keepForNext(this.#draft);
    this.hidden = true;
    takeAddress(id, url);
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
