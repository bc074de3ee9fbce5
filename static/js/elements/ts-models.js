/**
 * <ts-models>: the chosen models as chips, one a column, with letter, name, override badge and a remove button.
 * `show(columns, models, values)` draws; says "edit" {index} and "remove" {index}. One stop of the Tab key.
 */

import { refusedKind } from "../core/attachments.js";
import { hueOf, letterOf } from "../core/letters.js";
import { marksOf } from "../core/params.js";
import { t } from "../core/i18n.js";
import { el, icon, tell } from "./dom.js";
import { refreshRoving, roving } from "./roving.js";

export class TsModels extends HTMLElement {
  connectedCallback() {
    roving(this);
    this.addEventListener("click", this.#click);
    this.addEventListener("keydown", this.#key);
  }

  disconnectedCallback() {
    this.removeEventListener("click", this.#click);
    this.removeEventListener("keydown", this.#key);
  }

  /**
   * @param {import("../core/draft.js").DraftColumn[]} columns
   * @param {Map<string, import("../core/picker.js").Model> | null} models null while the list is not known
   * @param {import("../core/params.js").Values} values
   * @param {import("../core/attachments.js").File[]} files
   */
  show(columns, models, values, files = []) {
    this.replaceChildren(...columns.map((column, index) => this.#chip(column, index, values, whyNot(models?.get(column.model), files))));
    refreshRoving(this);
  }

  /** Marks the column that the server has refused, until the next change. */
  mark(/** @type {number} */ index) {
    this.children[index]?.classList.add("refused");
  }

  /** The focus after the chip at `index` has gone. False if no chip is left. */
  focusNear(/** @type {number} */ index) {
    const chip = this.children[Math.min(index, this.children.length - 1)];
    chip?.querySelector("button")?.focus();
    return Boolean(chip);
  }

  /** @param {import("../core/draft.js").DraftColumn} column @param {number} index @param {any} values @param {string} unavailable */
  #chip(column, index, values, unavailable) {
    const letter = letterOf(index);
    const marks = marksOf(column, values).map(({ text, title }) => el("span", { class: "override", title }, text));
    const edit = el(
      "button",
      { type: "button", class: "chip-edit", "data-edit": index, title: unavailable || t("Parameters of column {letter}", { letter }) },
      el("span", { class: "badge" }, letter),
      el("span", { class: "chip-name" }, column.model),
      ...marks,
      unavailable ? icon("alert") : null,
      unavailable ? el("span", { class: "visually-hidden" }, unavailable) : null,
    );
    const label = t("Remove column {letter}, {model}", { letter, model: column.model });
    const remove = el("button", { type: "button", class: "chip-remove", "data-remove": index, "aria-label": label, title: t("Remove") }, icon("close"));
    return el("span", { class: `model-chip ${hueOf(index)}${unavailable ? " unavailable" : ""}` }, edit, remove);
  }

  #click = (/** @type {MouseEvent} */ event) => {
    const button = /** @type {Element} */ (event.target).closest("button");
    if (button?.dataset.edit) tell("edit", { index: Number(button.dataset.edit) }, this);
    if (button?.dataset.remove) tell("remove", { index: Number(button.dataset.remove) }, this);
  };

  #key = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Delete" && event.key !== "Backspace") return;
    const button = /** @type {Element} */ (event.target).closest("button");
    const index = button?.dataset.edit ?? button?.dataset.remove;
    if (index !== undefined) tell("remove", { index: Number(index) }, this);
  };
}

/** Why this model would not answer as things are, in words; empty if nothing speaks against it. */
function whyNot(/** @type {import("../core/picker.js").Model | undefined} */ model, /** @type {import("../core/attachments.js").File[]} */ files) {
  if (!model) return "";
  if (!model.available) return model.why_unavailable || t("not available");
  const kind = refusedKind(model.capabilities, files);
  if (kind === "image") return t("This model does not take pictures.");
  if (kind === "audio") return t("This model does not take sound.");
  if (kind === "video") return t("This model does not take video.");
  return kind === "file" ? t("This model does not take PDF files.") : "";
}
