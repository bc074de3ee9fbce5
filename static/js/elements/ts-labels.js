/** <ts-labels>: the dialog in which tags and metadata are put on one answer. */

import { tagsOf } from "../core/draft.js";
import { t } from "../core/i18n.js";
import { pairsOf, pairsText } from "../core/labels.js";
import { problemText } from "../core/problems.js";
import { ApiError, labelRun } from "../io/api.js";
import { openDialog, prepareDialog } from "./dialog.js";
import { el, icon } from "./dom.js";
import { FieldErrors } from "./field-errors.js";

/** @typedef {import("../core/types").Run} Run */

export class TsLabels extends HTMLElement {
  #title = el("h2", { id: "labels-title" });
  #tags = /** @type {HTMLInputElement} */ (el("input", { id: "run-tags", name: "tags", type: "text", autocomplete: "off", "aria-describedby": "run-tags-hint run-tags-error" }));
  #pairs = /** @type {HTMLTextAreaElement} */ (el("textarea", { class: "input", id: "run-metadata", name: "metadata", rows: 4, spellcheck: "false", "aria-describedby": "run-metadata-hint run-metadata-error" }));
  #dialog = this.#build();
  #errors = new FieldErrors(this.#dialog);
  /** @type {Run | null} */ #run = null;
  #busy = false;
  #saved = false;

  /** Whether something was changed; the run has it then. */
  async edit(/** @type {string} */ title, /** @type {Run} */ run) {
    if (!this.#dialog.isConnected) this.append(this.#dialog);
    this.#run = run;
    this.#saved = false;
    this.#title.textContent = title;
    this.#tags.value = (run.tags ?? []).join(", ");
    this.#pairs.value = pairsText(run.labels ?? {});
    this.#errors.clear("tags", "metadata", "form");
    await openDialog(this.#dialog);
    return this.#saved;
  }

  async #save() {
    const metadata = pairsOf(this.#pairs.value);
    if (metadata === null) return this.#errors.show("metadata", t("Write a key and a value: key=value"), { focus: true });
    if (this.#busy || !this.#run) return undefined;
    this.#busy = true;
    this.#errors.clear("tags", "metadata", "form");
    try {
      const { tags, labels } = await labelRun(this.#run.id, { tags: tagsOf(this.#tags.value), metadata });
      Object.assign(this.#run, { tags, labels });
      this.#saved = true;
      this.#dialog.close();
    } catch (error) {
      this.#refused(error);
    } finally {
      this.#busy = false;
    }
    return undefined;
  }

  #refused(/** @type {unknown} */ error) {
    if (!(error instanceof ApiError)) throw error;
    const [first] = Array.isArray(error.details) ? error.details : [];
    if (first) this.#errors.show(String(first.field).split(".")[0], first.message, { focus: true });
    else this.#errors.show("form", problemText(error), { focus: true });
  }

  #build() {
    const close = el("button", { type: "button", class: "ghost square", "data-close": true, "aria-label": t("Close") }, icon("close"));
    const head = el("div", { class: "dialog-head" }, this.#title, el("span", { class: "grow" }), close);
    const error = (/** @type {string} */ name) => el("p", { class: "error-text", id: `run-${name}-error`, role: "alert", tabindex: -1, "data-error": name });
    const tags = el("div", { class: "field" }, el("label", { for: "run-tags" }, t("Tags")), this.#tags, el("span", { class: "hint", id: "run-tags-hint" }, t("separated by commas")), error("tags"));
    const pairs = el("div", { class: "field" }, el("label", { for: "run-metadata" }, t("Metadata")), this.#pairs, el("span", { class: "hint", id: "run-metadata-hint" }, t("one key=value in each line; the history finds the comparison by them")), error("metadata"));
    const foot = el("div", { class: "dialog-foot" }, el("span", { class: "grow" }), el("button", { type: "button", "data-close": true }, t("Cancel")), el("button", { class: "primary" }, t("Save")));
    const form = el("form", { novalidate: true }, head, el("div", { class: "dialog-body save-prompt-body" }, tags, pairs, error("form")), foot);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save();
    });
    const dialog = /** @type {HTMLDialogElement} */ (el("dialog", { "aria-labelledby": "labels-title" }, form));
    prepareDialog(dialog);
    return dialog;
  }
}
