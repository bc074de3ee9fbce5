/**
 * <ts-save-prompt>: keeps texts as a prompt, or as the next version of one. `save({...})` resolves to the prompt with
 * its new version, null if it was left.
 */

import { tagsOf } from "../core/draft.js";
import { t } from "../core/i18n.js";
import { problemText } from "../core/problems.js";
import { namesIn } from "../core/variables.js";
import { changePrompt, createPrompt } from "../io/api.js";
import { openDialog, prepareDialog } from "./dialog.js";
import { need } from "./dom.js";
import { FieldErrors } from "./field-errors.js";

/**
 * @typedef {object} Texts
 * @property {string} system
 * @property {import("../core/template.js").Said[]} messages  the prompt last
 * @property {(text: string) => string} plain  a text as the template that says just that
 * @property {import("../core/template.js").Template | null} [existing]  the prompt that they were made of
 * @property {string} [title]
 * @property {boolean} variables  whether braces are taken for variables unless somebody says no
 */

export class TsSavePrompt extends HTMLElement {
  #bound = false;
  #busy = false;
  #errors = new FieldErrors(this);
  /** @type {Texts | null} */ #texts = null;
  /** @type {any} */ #saved = null;

  connectedCallback() {
    if (this.#bound) return;
    this.#bound = true;
    prepareDialog(this.#dialog);
    need(this, "form").addEventListener("submit", (event) => {
      event.preventDefault();
      const asVersion = /** @type {HTMLElement | null} */ (/** @type {SubmitEvent} */ (event).submitter)?.hasAttribute("data-version");
      this.#save(Boolean(asVersion));
    });
    need(this, "form").addEventListener("input", () => this.#errors.clear("name", "tags", "refused"));
  }

  /** @returns {HTMLDialogElement} */ get #dialog() { return need(this, "dialog"); }
  /** @returns {HTMLInputElement} */ #field(/** @type {string} */ name) { return need(this, `[name="${name}"]`); }

  /** @returns {Promise<any>} */
  async save(/** @type {Texts} */ texts) {
    if (this.#dialog.open) return null;
    this.#texts = texts;
    this.#saved = null;
    this.#errors.clear("name", "tags", "refused");
    const { existing = null, title = "" } = texts;
    this.#field("name").value = title.trim();
    this.#field("tags").value = "";
    this.#field("team").checked = false;
    const names = namesIn([texts.system, ...texts.messages.map(({ content }) => content)]);
    const asked = need(this, "[data-variables]");
    asked.hidden = existing !== null || names.length === 0;
    this.#field("variables").checked = texts.variables;
    need(this, "[data-names]").textContent = names.map((name) => `{${name}}`).join(" ");
    const version = need(this, "[data-version]");
    version.hidden = !existing?.mine;
    version.textContent = existing ? t("Save as a new version of “{name}”", { name: existing.name }) : "";
    await openDialog(this.#dialog);
    return this.#saved;
  }

  async #save(/** @type {boolean} */ asVersion) {
    if (this.#busy || !this.#texts) return;
    const name = this.#field("name").value.trim();
    if (!asVersion && name === "") return this.#errors.show("name", t("A prompt needs a name."), { focus: true });
    const { existing } = this.#texts;
    this.#busy = true;
    try {
      const head = { name, tags: tagsOf(this.#field("tags").value), team: this.#field("team").checked };
      this.#saved = asVersion && existing ? await changePrompt(existing.prompt, { content: this.#content() }) : await createPrompt({ ...head, ...this.#content() });
      this.#dialog.close();
    } catch (error) {
      this.#refused(error);
    } finally {
      this.#busy = false;
    }
  }

  /** With variables the texts are templates already; without, they are made ones that say just the same. */
  #content() {
    const { system, messages, plain } = /** @type {Texts} */ (this.#texts);
    const asWritten = !need(this, "[data-variables]").hidden && this.#field("variables").checked;
    const text = asWritten ? (/** @type {string} */ said) => said : plain;
    return { system: text(system), messages: messages.map(({ role, content }) => ({ role, content: text(content) })) };
  }

  #refused(/** @type {any} */ error) {
    const detail = Array.isArray(error.details) ? error.details[0] : error.details;
    const field = String(detail?.field ?? "").split(".")[0];
    this.#errors.show(["name", "tags"].includes(field) ? field : "refused", problemText(error), { focus: true });
  }
}
