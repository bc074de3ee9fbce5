/**
 * <ts-column-sets>: named sets of columns. `open({draft, models, providers})` shows them; one press on a set loads it:
 * it resolves to the draft with its columns, null if none was chosen. Saving, renaming, sharing and deleting happen here, too.
 */

import { modelsOf, setOf, whyNot, withSet } from "../core/column-sets.js";
import { t, tn } from "../core/i18n.js";
import { problemText } from "../core/problems.js";
import * as api from "../io/api.js";
import { openDialog, prepareDialog } from "./dialog.js";
import { el, icon, need } from "./dom.js";
import { FieldErrors } from "./field-errors.js";

/** @typedef {import("../core/column-sets.js").ColumnSet} ColumnSet */
/** @typedef {{draft: import("../core/draft.js").Draft, models: Map<string, import("../core/picker.js").Model>, providers: import("../core/picker.js").Provider[]}} Now */

export class TsColumnSets extends HTMLElement {
  #bound = false;
  #busy = false;
  #asked = 0;
  #errors = new FieldErrors(this);
  /** @type {ColumnSet[]} */ #sets = [];
  /** @type {ColumnSet | null} */ #chosen = null;
  /** @type {Now | null} */ #now = null;
  /** The set whose tools are open. */ #open = "";

  connectedCallback() {
    if (this.#bound) return;
    this.#bound = true;
    prepareDialog(this.#dialog);
    need(this, "form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#try(() => this.#save());
    });
    this.#name.addEventListener("input", () => this.#errors.clear("name"));
  }

  /** @returns {HTMLDialogElement} */ get #dialog() { return need(this, "dialog"); }
  /** @returns {HTMLInputElement} */ get #name() { return need(this, "[name=name]"); }
  /** @returns {HTMLInputElement} */ get #team() { return need(this, "[name=team]"); }
  /** @returns {HTMLElement} */ get #list() { return need(this, "[data-list]"); }

  /** @returns {Promise<import("../core/draft.js").Draft | null>} */
  async open(/** @type {Now} */ now) {
    if (this.#dialog.open) return null; // pressed twice
    this.#now = now;
    this.#chosen = null;
    this.#open = "";
    this.#name.value = "";
    this.#team.checked = false;
    need(this, "form").hidden = now.draft.columns.length === 0;
    this.#errors.clear("name", "refused");
    this.#say("");
    this.#list.replaceChildren();
    this.#try(() => this.#load(), { isLook: true });
    await openDialog(this.#dialog);
    // What is typed cannot have changed: the dialog is modal.
    return this.#chosen && withSet(now.draft, this.#chosen);
  }

  async #load() {
    this.#asked += 1;
    const number = this.#asked;
    const { items } = await api.columnSets();
    if (number !== this.#asked) return;
    this.#sets = items;
    this.#draw();
  }

  #draw() {
    const none = el("li", { class: "hint" }, t("No sets yet. Save the columns that you use together, and open them with one press."));
    this.#list.replaceChildren(...(this.#sets.length > 0 ? this.#sets.map((set) => this.#row(set)) : [none]));
  }

  #row(/** @type {ColumnSet} */ set) {
    const load = el("button", { type: "button", class: "set-load", "data-load": set.id }, el("span", { class: "set-name" }, set.name), ...this.#facts(set), this.#models(set));
    load.addEventListener("click", () => {
      this.#chosen = set;
      this.#dialog.close();
    });
    const star = el("button", { type: "button", class: "ghost square", "aria-pressed": String(set.default), title: t("New playgrounds open with this set"), "aria-label": t("New playgrounds open with “{name}”", { name: set.name }) }, icon("star"));
    star.addEventListener("click", () => this.#try(() => this.#do(api.defaultColumnSet(set.id, !set.default), set.default ? t("New playgrounds open as before.") : t("New playgrounds open with this set."), set.id)));
    const row = el("li", { class: "set", "data-id": set.id }, load, star);
    if (set.mine) row.append(this.#more(set), this.#tools(set));
    return row;
  }

  #facts(/** @type {ColumnSet} */ { team, mine, owner, columns }) {
    const whose = mine ? (team ? t("visible to the team") : "") : t("by {name}", { name: owner });
    return [el("span", { class: "chip" }, tn("{n} column", "{n} columns", columns.length)), whose ? el("span", { class: "chip" }, whose) : null];
  }

  #models(/** @type {ColumnSet} */ set) {
    const { models, providers } = /** @type {Now} */ (this.#now);
    return el("span", { class: "set-models" }, ...modelsOf(set, models).map(({ model, copies, known }) => {
      const why = whyNot(model, known, providers);
      const name = copies > 1 ? `${model} ×${copies}` : model;
      if (why === null) return el("span", {}, name);
      const reason = why || t("not available");
      return el("span", { class: "set-gone", title: reason }, icon("alert"), el("s", {}, name), el("span", { class: "visually-hidden" }, ` (${reason})`));
    }));
  }

  #more(/** @type {ColumnSet} */ set) {
    const isOpen = this.#open === set.id;
    const button = el("button", { type: "button", class: "ghost square", "aria-expanded": String(isOpen), title: t("Change"), "aria-label": t("Change “{name}”", { name: set.name }) }, icon("more"));
    button.addEventListener("click", () => {
      this.#open = isOpen ? "" : set.id;
      this.#draw();
      this.#focus(set.id, "[aria-expanded]");
    });
    return button;
  }

  /** Rename, replace, share, delete: for the owner. */
  #tools(/** @type {ColumnSet} */ set) {
    const place = el("div", { class: "set-tools" });
    place.hidden = this.#open !== set.id;
    const name = /** @type {HTMLInputElement} */ (el("input", { class: "input", type: "text", maxlength: "120", "aria-label": t("Name"), autocomplete: "off" }));
    name.value = set.name;
    const rename = () => this.#change(set, { name: name.value }, t("Renamed."));
    name.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      event.preventDefault();
      rename();
    });
    const button = (/** @type {string} */ text, /** @type {() => void} */ act, look = "small") => {
      const made = el("button", { type: "button", class: look }, text);
      made.addEventListener("click", act);
      return made;
    };
    const { draft } = /** @type {Now} */ (this.#now);
    place.append(
      name,
      button(t("Rename"), rename),
      draft.columns.length > 0 ? button(t("Replace with the present columns"), () => this.#change(set, setOf(draft), t("Replaced."))) : "",
      button(set.team ? t("Hide from the team") : t("Show to the team"), () => this.#change(set, { team: !set.team }, set.team ? t("Only you see it now.") : t("Your team sees it now."))),
      this.#deleting(set, button),
    );
    return place;
  }

  /** Asked first, in place: a second press on what the first one shows. */
  #deleting(/** @type {ColumnSet} */ set, /** @type {(text: string, act: () => void, look?: string) => HTMLElement} */ button) {
    const sure = button(t("Delete for everybody"), () => this.#try(() => this.#do(api.deleteColumnSet(set.id), t("Deleted."))), "small danger");
    sure.hidden = true;
    const ask = button(t("Delete…"), () => {
      ask.hidden = true;
      sure.hidden = false;
      sure.focus();
    });
    return el("span", {}, ask, sure);
  }

  #change(/** @type {ColumnSet} */ set, /** @type {object} */ body, /** @type {string} */ said) {
    return this.#try(() => this.#do(api.changeColumnSet(set.id, body), said, set.id));
  }

  async #do(/** @type {Promise<unknown>} */ asked, /** @type {string} */ said, focus = "") {
    await asked;
    await this.#load();
    this.#say(said);
    this.#focus(focus, "[data-load]");
  }

  #focus(/** @type {string} */ id, /** @type {string} */ selector) {
    const row = [...this.#list.children].find((each) => /** @type {HTMLElement} */ (each).dataset.id === id);
    (/** @type {HTMLElement | null} */ (row?.querySelector(selector)) ?? /** @type {HTMLElement | null} */ (this.#list.querySelector("button")) ?? this.#name).focus();
  }

  async #save() {
    const name = this.#name.value.trim();
    if (name === "") return this.#errors.show("name", t("A set needs a name."), { focus: true });
    const { draft } = /** @type {Now} */ (this.#now);
    const { id } = await api.createColumnSet({ name, team: this.#team.checked, ...setOf(draft) });
    this.#name.value = "";
    await this.#load();
    this.#say(t("Saved."));
    this.#focus(id, "[data-load]");
  }

  #say(/** @type {string} */ text) {
    need(this, "[data-status]").textContent = text;
  }

  /** One act at a time, but nobody has to wait until everything is shown (`isLook`). */
  async #try(/** @type {() => Promise<unknown>} */ act, { isLook = false } = {}) {
    if (this.#busy && !isLook) return;
    if (!isLook) this.#busy = true;
    this.#errors.clear("name", "refused");
    try {
      await act();
    } catch (error) {
      this.#errors.show("refused", problemText(error));
    } finally {
      if (!isLook) this.#busy = false;
    }
  }
}
