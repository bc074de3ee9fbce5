/** <ts-labels>: the dialog in which tags and metadata are put on one answer. */

import { t } from "../core/i18n.js";
import { MOST_TAGS, metadataOf, tagsIn, tagsText } from "../core/labels.js";
import { problemText } from "../core/problems.js";
import { ApiError, labelRun } from "../io/api.js";
import { openDialog, prepareDialog } from "./dialog.js";
import { el, icon, isSubmitKey } from "./dom.js";
import { FieldErrors } from "./field-errors.js";
import { PairRows } from "./pair-rows.js";

/** @typedef {import("../core/types").Run} Run */

export class TsLabels extends HTMLElement {
  #title = el("h2", { id: "labels-title" });
  #tags = /** @type {HTMLInputElement} */ (el("input", { id: "run-tags", name: "tags", type: "text", autocomplete: "off", "aria-describedby": "run-tags-hint run-tags-error" }));
  #pairs = new PairRows("run-metadata", t("Metadata"), t("The history finds the comparison by them."));
  #dialog = this.#build();
  #errors = new FieldErrors(this.#dialog);
  /** @type {Run | null} */ #run = null;
  #busy = false;
  /** @type {Pick<Run, "tags" | "labels"> | null} */ #saved = null;

  /** What the run has now, null if nothing was changed. */
  async edit(/** @type {string} */ title, /** @type {Run} */ run) {
    if (!this.#dialog.isConnected) this.append(this.#dialog);
    this.#run = run;
    this.#saved = null;
    this.#title.textContent = title;
    this.#tags.value = tagsText(run.tags ?? []);
    this.#pairs.show(run.labels ?? {});
    this.#errors.clear("tags", "form");
    const closed = openDialog(this.#dialog);
    this.#pairs.fit();
    await closed;
    return this.#saved;
  }

  async #save() {
    if (this.#busy || !this.#run) return;
    this.#errors.clear("tags", "form");
    if (!this.#pairs.check()) return;
    this.#busy = true;
    try {
      const asked = { tags: tagsIn(this.#tags.value, this.#run.tags), metadata: metadataOf(this.#pairs.pairs) };
      const { tags, labels } = await labelRun(this.#run.id, asked);
      this.#saved = { tags, labels };
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
    const head = el("div", { class: "dialog-head" }, this.#title, el("span", { class: "grow" }), close);
    const error = (/** @type {string} */ name) => el("p", { class: "error-text", id: `run-${name}-error`, role: "alert", tabindex: -1, "data-error": name });
    const tags = el("div", { class: "field" }, el("label", { for: "run-tags" }, t("Tags")), this.#tags, el("span", { class: "hint", id: "run-tags-hint" }, t("separated by commas, at most {n}", { n: MOST_TAGS })), error("tags"));
    const foot = el("div", { class: "dialog-foot" }, el("span", { class: "grow" }), el("button", { type: "button", "data-close": true }, t("Cancel")), el("button", { class: "primary" }, t("Save")));
    const form = el("form", { novalidate: true }, head, el("div", { class: "dialog-body save-prompt-body" }, tags, this.#pairs.root, error("form")), foot);
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
