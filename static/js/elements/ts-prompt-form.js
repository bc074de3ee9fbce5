/**
 * <ts-prompt-form>: writes a prompt or its next version. The variables are listed while one types; what is refused is
 * said at the field, and everything typed stays.
 */

import { tagsOf } from "../core/draft.js";
import { tagsText } from "../core/labels.js";
import { t, tn } from "../core/i18n.js";
import { problemText } from "../core/problems.js";
import { namesIn } from "../core/variables.js";
import { changePrompt, createPrompt } from "../io/api.js";
import { loadDraft, saveDraft } from "../io/drafts.js";
import { el, grow, icon, isSubmitKey, need, showFieldError } from "./dom.js";
import { FieldErrors } from "./field-errors.js";

const FIELDS = ["name", "tags", "description", "system", "messages", "prompt", "form"];
const OTHER = /** @type {Record<string, string>} */ ({ user: "assistant", assistant: "user", system: "user" });

export class TsPromptForm extends HTMLElement {
  #bound = false;
  #busy = false;
  #errors = new FieldErrors(this);
  /** @type {any} the prompt that is edited, null for a new one */ #prompt = null;
  #seen = "";
  #count = 0;

  connectedCallback() {
    if (this.#bound) return;
    this.#bound = true;
    const source = document.getElementById("ts-prompt");
    this.#prompt = source ? JSON.parse(source.textContent ?? "null") : null;
    this.#restore();
    need(this, "[data-cancel]").addEventListener("click", () => this.#forget());
    need(this, "[data-discard]").addEventListener("click", () => {
      this.#forget();
      location.reload();
    });
    need(this, "[data-add-example]").addEventListener("click", () => this.#add());
    this.addEventListener("input", this.#input);
    this.addEventListener("keydown", (event) => isSubmitKey(event) && this.#submit(event));
    need(this, "form").addEventListener("submit", (event) => this.#submit(event));
    this.#draw();
    for (const area of this.querySelectorAll("textarea")) grow(area);
  }

  /** @returns {HTMLTextAreaElement} */
  #field(/** @type {string} */ name) { return need(this, `[name="${name}"]`); }
  /** @returns {HTMLElement} */ get #examples() { return need(this, "[data-examples]"); }
  /** @returns {HTMLInputElement} */ get #team() { return need(this, "[name=team]"); }

  /** What is not saved yet is kept in this tab: of an older version it is worth nothing any more. */
  get #draftName() {
    return `prompt:${this.#prompt?.version.id ?? "new"}`;
  }

  #restore() {
    const draft = loadDraft(this.#draftName);
    need(this, "[data-restored]").hidden = draft === null;
    if (draft ?? this.#prompt) this.#fill(draft ?? this.#prompt);
  }

  #forget() {
    saveDraft(null, this.#draftName);
  }

  #keep() {
    const version = { system: this.#field("system").value, messages: this.#said };
    saveDraft({ name: this.#field("name").value, description: this.#field("description").value, tags: [this.#field("tags").value], team: this.#team.checked, version }, this.#draftName);
  }

  #fill(/** @type {any} */ { name, description, tags, team, version }) {
    this.#field("name").value = name;
    this.#field("description").value = description;
    this.#field("tags").value = tagsText(tags);
    this.#team.checked = team;
    this.#field("system").value = version.system;
    this.#field("prompt").value = version.messages.at(-1).content;
    this.#examples.append(...version.messages.slice(0, -1).map((/** @type {any} */ message) => this.#row(message)));
  }

  #row(/** @type {{role: string, content: string}} */ { role, content }) {
    this.#count += 1;
    const errorId = `message-${this.#count}-error`;
    const roles = { user: t("User"), assistant: t("Assistant"), system: t("System") };
    const options = Object.entries(roles).map(([value, text]) => el("option", { value, selected: value === role }, text));
    const area = /** @type {HTMLTextAreaElement} */ (el("textarea", { class: "grows", rows: "2", "aria-label": t("What is said"), "aria-describedby": errorId }));
    area.value = content;
    const remove = el("button", { type: "button", class: "ghost square", title: t("Remove"), "aria-label": t("Remove this message") }, icon("trash"));
    const row = el("li", { class: "example" }, el("select", { "aria-label": t("Who says it") }, ...options), area, remove, el("p", { class: "error-text", id: errorId }));
    remove.addEventListener("click", () => {
      const near = /** @type {HTMLElement | null} */ (row.nextElementSibling ?? row.previousElementSibling);
      row.remove();
      this.#keep();
      (near?.querySelector("textarea") ?? need(this, "[data-add-example]")).focus();
      this.#draw();
    });
    return row;
  }

  #add() {
    const last = this.#said.at(-2)?.role;
    const row = this.#row({ role: last ? OTHER[last] : "user", content: "" });
    this.#examples.append(row);
    row.querySelector("textarea")?.focus();
  }

  /** The messages as they are written, the prompt last. */
  get #said() {
    const rows = [...this.#examples.children].map((row) => ({
      role: /** @type {HTMLSelectElement} */ (need(row, "select")).value,
      content: /** @type {HTMLTextAreaElement} */ (need(row, "textarea")).value,
    }));
    return [...rows, { role: "user", content: this.#field("prompt").value }];
  }

  #input = (/** @type {Event} */ event) => {
    const field = /** @type {HTMLTextAreaElement} */ (event.target);
    if (FIELDS.includes(field.name)) this.#errors.clear(field.name);
    else if (field.matches(".example textarea")) showFieldError(need(/** @type {Element} */ (field.closest("li")), "p"), field, "");
    if (field.classList.contains("grows")) grow(field);
    this.#keep();
    this.#draw();
  };

  /** The variables that the texts have now. */
  #draw() {
    const names = namesIn([this.#field("system").value, ...this.#said.map(({ content }) => content)]);
    if (names.join() === this.#seen) return;
    this.#seen = names.join();
    need(this, "[data-variables]").replaceChildren(...names.map((name) => el("li", { class: "chip variable" }, `{${name}}`)));
    need(this, "[data-no-variables]").hidden = names.length > 0;
    need(this, "[data-status]").textContent = names.length > 0 ? tn("{n} variable: {names}", "{n} variables: {names}", names.length, { names: names.join(", ") }) : t("No variables");
  }

  async #submit(/** @type {Event} */ event) {
    event.preventDefault();
    if (this.#busy) return;
    this.#clear();
    if (this.#missing()) return;
    this.#setBusy(true);
    const head = { name: this.#field("name").value, description: this.#field("description").value, tags: tagsOf(this.#field("tags").value, this.#prompt?.tags), team: this.#team.checked };
    const content = { system: this.#field("system").value, messages: this.#said };
    try {
      const body = this.#prompt ? { ...head, content, based_on: this.#prompt.version.id } : { ...head, ...content };
      const { id } = await (this.#prompt ? changePrompt(this.#prompt.id, body) : createPrompt(body));
      this.#forget();
      location.assign(`${this.dataset.listUrl}${id}/`);
    } catch (error) {
      this.#refused(error);
    } finally {
      this.#setBusy(false);
    }
  }

  #setBusy(/** @type {boolean} */ busy) {
    this.#busy = busy;
    need(this, "[data-save]").setAttribute("aria-disabled", String(busy));
  }

  #clear() {
    this.#errors.clear(...FIELDS);
    for (const row of this.#examples.children) showFieldError(need(row, "p"), row.querySelector("textarea"), "");
  }

  /** Shows the first thing that is not there, if any. */
  #missing() {
    if (this.#field("name").value.trim() === "") this.#errors.show("name", t("A prompt needs a name."), { focus: true });
    else if (this.#said.slice(0, -1).some(({ content }) => content.trim() === "")) this.#at(this.#said.findIndex(({ content }) => content.trim() === ""), t("Write this message, or remove it."));
    else if (this.#field("prompt").value.trim() === "") this.#errors.show("prompt", t("Write a prompt first."), { focus: true });
    else return false;
    return true;
  }

  #at(/** @type {number} */ index, /** @type {string} */ text) {
    const row = this.#examples.children[index];
    if (!row) return this.#errors.show("prompt", text, { focus: true });
    showFieldError(need(row, "p"), row.querySelector("textarea"), text);
    row.querySelector("textarea")?.focus();
  }

  #refused(/** @type {any} */ error) {
    const text = problemText(error);
    const detail = Array.isArray(error.details) ? error.details[0] : error.details;
    const [field, index] = String(detail?.field ?? "").replace(/^content\./, "").split(".");
    if (field === "messages" && /^\d+$/.test(index ?? "")) this.#at(Number(index), text);
    else this.#errors.show(FIELDS.includes(field) ? field : "form", text, { focus: true });
  }
}
