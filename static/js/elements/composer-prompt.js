/**
 * The kept prompt in the composer: choosing one, the fields of its variables, the messages before it, saving what is
 * written as a prompt. The draft belongs to the composer, which hands it over and takes it back.
 */

import { t, tn } from "../core/i18n.js";
import { problemText } from "../core/problems.js";
import { asTemplate, isChanged, saidOf, templateOf, variablesOf, withoutTemplate, withTemplate } from "../core/template.js";
import { promptVersion } from "../io/api.js";
import { el, grow, need } from "./dom.js";

/** @typedef {import("../core/draft.js").Draft} Draft */
/** @typedef {{read: () => Draft, write: (draft: Draft) => void, note: () => void, problem: (text: string) => void}} Host */

const ROLES = /** @type {Record<string, () => string>} */ ({ user: () => t("User"), assistant: () => t("Assistant"), system: () => t("System") });
const ADDRESS = "prompt";

export class ComposerPrompt {
  #root;
  #host;
  /** @type {Draft | null} what was written before a prompt replaced it */ #before = null;
  #fields = "";
  #examples = "";

  constructor(/** @type {HTMLElement} */ root, /** @type {Host} */ host) {
    this.#root = root;
    this.#host = host;
    need(root, "[data-prompts]").addEventListener("click", () => this.#choose());
    need(root, "[data-save-prompt]").addEventListener("click", () => this.#save());
    need(root, "[data-kept-drop]").addEventListener("click", () => this.#drop());
    need(root, "[data-kept-undo]").addEventListener("click", () => this.#undo());
    this.#place.addEventListener("input", (event) => this.#typed(event));
    this.#files.addEventListener("ts:files", () => host.write({ ...host.read(), attachments: this.#files.files }));
  }

  /** @returns {import("./ts-attach.js").TsAttach} */ get #files() { return need(this.#root, "ts-attach"); }

  /** @returns {HTMLElement} */ get #place() { return need(this.#root, "[data-kept]"); }

  /** The prompt that the address names, as a link of the library does. */
  async fromAddress() {
    const asked = new URLSearchParams(location.search);
    const version = asked.get(ADDRESS);
    if (version === null) return;
    asked.delete(ADDRESS);
    // A reload must not bring it back over what was written since.
    history.replaceState(null, "", location.pathname + (asked.size > 0 ? `?${asked}` : "") + location.hash);
    await this.#take(version);
  }

  async #choose() {
    /** @type {import("./ts-prompt-picker.js").TsPromptPicker} */
    const picker = need(document, "ts-prompt-picker");
    const version = await picker.choose();
    if (version !== null) await this.#take(version);
  }

  async #take(/** @type {string} */ version) {
    this.#host.problem("");
    let prompt;
    try {
      prompt = await promptVersion(version);
    } catch (error) {
      this.#host.problem(/** @type {any} */ (error).status === 404 ? t("This prompt is not there any more.") : problemText(error));
      return;
    }
    const draft = this.#host.read();
    this.#before = draft.prompt.trim() || draft.system.trim() ? draft : null;
    this.#host.write(withTemplate(draft, templateOf(prompt)));
    /** @type {HTMLElement | null} */
    const field = this.#place.querySelector(".kept-fields textarea") ?? this.#root.querySelector("#prompt");
    field?.focus();
  }

  #undo() {
    if (this.#before) this.#host.write({ ...this.#before, columns: this.#host.read().columns });
    this.#before = null;
    this.draw();
    need(this.#root, "#prompt").focus();
  }

  #drop() {
    this.#before = null;
    this.#host.write(withoutTemplate(this.#host.read()));
    need(this.#root, "#prompt").focus();
  }

  async #save() {
    const draft = this.#host.read();
    if (draft.prompt.trim() === "") return this.#host.problem(t("Write a prompt first."));
    /** @type {import("./ts-save-prompt.js").TsSavePrompt} */
    const dialog = need(document, "ts-save-prompt");
    const isTemplate = draft.template !== null;
    const plain = isTemplate ? (/** @type {string} */ text) => text : asTemplate;
    const saved = await dialog.save({ system: draft.system, messages: saidOf(draft), plain, existing: draft.template, title: draft.title, variables: true });
    if (saved) this.#host.write(withTemplate(this.#host.read(), templateOf(saved)));
  }

  #typed(/** @type {Event} */ event) {
    const field = /** @type {HTMLTextAreaElement} */ (event.target);
    const name = field.dataset.variable;
    if (name === undefined) return;
    const draft = this.#host.read();
    // Not by assignment: a variable may be called as something that every object has.
    draft.variables = Object.fromEntries([...Object.entries(draft.variables), [name, field.value]]);
    this.#host.note();
    grow(field);
  }

  /** What depends on the draft; fields that are there stay, with the focus. */
  draw() {
    const draft = this.#host.read();
    const { template, before } = draft;
    this.#files.show(draft.attachments);
    this.#place.hidden = !template && before.length === 0;
    need(this.#place, "[data-kept-undo]").hidden = this.#before === null;
    if (this.#place.hidden) return;
    const link = need(this.#place, "[data-kept-name]");
    link.replaceChildren(template ? el("a", { href: `${this.#place.dataset.url}${encodeURIComponent(template.prompt)}/` }, template.name) : t("Messages before the prompt"));
    need(this.#place, "[data-kept-version]").textContent = template ? `v${template.number}` : "";
    need(this.#place, "[data-kept-changed]").hidden = !isChanged(draft);
    need(this.#place, "[data-kept-drop]").textContent = template ? t("Use as plain text") : t("Remove");
    this.#drawExamples(before);
    this.#drawFields(draft);
  }

  #drawExamples(/** @type {import("../core/template.js").Said[]} */ before) {
    const says = JSON.stringify(before);
    if (says === this.#examples) return;
    this.#examples = says;
    const place = need(this.#place, "[data-kept-examples]");
    place.hidden = before.length === 0;
    need(place, "summary").textContent = tn("{n} message is sent before the prompt", "{n} messages are sent before the prompt", before.length);
    need(place, "div").replaceChildren(...before.flatMap(({ role, content }) => [el("p", { class: "label" }, ROLES[role]()), el("p", { class: "kept-text" }, content)]));
  }

  #drawFields(/** @type {Draft} */ draft) {
    const names = variablesOf(draft);
    const says = JSON.stringify(names);
    const place = need(this.#place, "[data-kept-fields]");
    if (says !== this.#fields) {
      const there = new Map([...place.children].map((row) => [/** @type {HTMLElement} */ (row).dataset.name, row]));
      place.replaceChildren(...names.map((name) => there.get(name) ?? fieldOf(name)));
      this.#fields = says;
    }
    for (const area of place.querySelectorAll("textarea")) {
      const name = area.dataset.variable ?? "";
      const value = Object.hasOwn(draft.variables, name) ? draft.variables[name] : "";
      if (area.value !== value) area.value = value;
      grow(area);
    }
  }
}

function fieldOf(/** @type {string} */ name) {
  const id = `variable-${name}`;
  const error = `variables.${name}-error`;
  return el(
    "div",
    { class: "field", "data-name": name },
    el("label", { for: id }, `{${name}}`),
    el("textarea", { class: "grows", id, name: `variables.${name}`, "data-variable": name, rows: "1", required: true, "aria-describedby": error }),
    el("p", { class: "error-text", id: error, "data-error": `variables.${name}` }),
  );
}
