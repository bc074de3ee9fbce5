/** <ts-labels>: the dialog in which tags and metadata are put on one answer, and with a title on a comparison. */

import { t } from "../core/i18n.js";
import { MOST_TAGS, MOST_TITLE, metadataOf, tagsIn, tagsText } from "../core/labels.js";
import { problemText } from "../core/problems.js";
import { ApiError } from "../io/api.js";
import { openDialog, prepareDialog } from "./dialog.js";
import { el, icon, isSubmitKey, need } from "./dom.js";
import { FieldErrors } from "./field-errors.js";
import { PairRows } from "./pair-rows.js";

/** @typedef {{tags?: string[], labels?: Record<string, string>, title?: string}} Labelled  without a title: what has none */
/** @typedef {(asked: {tags: string[], metadata: Record<string, string>, title?: string}) => Promise<Labelled>} Save */

export class TsLabels extends HTMLElement {
  #heading = el("h2", { id: "labels-title" });
  #name = /** @type {HTMLInputElement} */ (el("input", { id: "labels-name", name: "title", type: "text", autocomplete: "off", maxlength: MOST_TITLE, "aria-describedby": "run-title-error" }));
  #tags = /** @type {HTMLInputElement} */ (el("input", { id: "run-tags", name: "tags", type: "text", autocomplete: "off", "aria-describedby": "run-tags-hint run-tags-error" }));
  #pairs = new PairRows("run-metadata", t("Metadata"), t("The history finds the comparison by them."));
  #dialog = this.#build();
  #errors = new FieldErrors(this.#dialog);
  /** @type {Labelled} */ #labelled = {};
  /** @type {Save | null} */ #write = null;
  #busy = false;
  /** @type {Labelled | null} */ #saved = null;

  /** What it has now, null if nothing was changed. @param {string} heading @param {Labelled} labelled @param {Save} write */
  async edit(heading, labelled, write) {
    if (!this.#dialog.isConnected) this.append(this.#dialog);
    this.#labelled = labelled;
    this.#write = write;
    this.#saved = null;
    this.#heading.textContent = heading;
    this.#name.value = labelled.title ?? "";
    need(this.#dialog, "[data-title]").hidden = labelled.title === undefined;
    this.#tags.value = tagsText(labelled.tags ?? []);
    this.#pairs.show(labelled.labels ?? {});
    this.#errors.clear("title", "tags", "form");
    const closed = openDialog(this.#dialog);
    this.#pairs.fit();
    await closed;
    return /** @type {Labelled | null} */ (this.#saved);
  }

  async #save() {
    if (this.#busy || !this.#write) return;
    this.#errors.clear("title", "tags", "form");
    if (!this.#pairs.check()) return;
    this.#busy = true;
    try {
      const title = this.#labelled.title === undefined ? {} : { title: this.#name.value };
      this.#saved = await this.#write({ ...title, tags: tagsIn(this.#tags.value, this.#labelled.tags), metadata: metadataOf(this.#pairs.pairs) });
      this.#dialog.close();
    } catch (error) {
      this.#refused(error);
    } finally {
      this.#busy = false;
    }
  }

  #refused(/** @type {unknown} */ error) {
    if (!(error instanceof ApiError)) throw error;
    const [first] = Array.isArray(error.details) ? error.details : [];
    const [field, ...key] = String(first?.field ?? "").split(".");
    if (field === "metadata") this.#pairs.refuse(key.join("."), first.message);
    else if (first) this.#errors.show(field, first.message, { focus: true });
    else this.#errors.show("form", problemText(error), { focus: true });
  }

  #build() {
    const close = el("button", { type: "button", class: "ghost square", "data-close": true, "aria-label": t("Close") }, icon("close"));
    const head = el("div", { class: "dialog-head" }, this.#heading, el("span", { class: "grow" }), close);
    const error = (/** @type {string} */ name) => el("p", { class: "error-text", id: `run-${name}-error`, role: "alert", tabindex: -1, "data-error": name });
    const title = el("div", { class: "field", "data-title": true }, el("label", { for: "labels-name" }, t("Title")), this.#name, error("title"));
    const tags = el("div", { class: "field" }, el("label", { for: "run-tags" }, t("Tags")), this.#tags, el("span", { class: "hint", id: "run-tags-hint" }, t("separated by commas, at most {n}", { n: MOST_TAGS })), error("tags"));
    const foot = el("div", { class: "dialog-foot" }, el("span", { class: "grow" }), el("button", { type: "button", "data-close": true }, t("Cancel")), el("button", { class: "primary" }, t("Save")));
    const form = el("form", { novalidate: true }, head, el("div", { class: "dialog-body save-prompt-body" }, title, tags, this.#pairs.root, error("form")), foot);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save();
    });
    form.addEventListener("keydown", (event) => {
      if (isSubmitKey(event)) this.#save();
    });
    const dialog = /** @type {HTMLDialogElement} */ (el("dialog", { "aria-labelledby": "labels-title" }, form));
    prepareDialog(dialog);
    return dialog;
  }
}
