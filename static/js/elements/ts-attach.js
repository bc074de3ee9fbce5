/**
 * <ts-attach data-max>: the files of the form that it stands in: chosen with its [data-attach] button, dropped on the
 * form or pasted. Uploads each at once and says "ts:files" {files} when something has changed; one without id is on its way.
 * The text of a text file goes into the prompt instead: so every model can read it.
 */

import { MAX_FILES, MOST_TEXT, filesOf, isText, quotedFile } from "../core/attachments.js";
import { fileSize } from "../core/format.js";
import { t } from "../core/i18n.js";
import { problemText } from "../core/problems.js";
import * as api from "../io/api.js";
import { fileParts } from "./attached-files.js";
import { el, icon, need, showProblem, tell } from "./dom.js";

/** @typedef {import("../core/attachments.js").File} File */
/** @typedef {{stop: AbortController, bar: HTMLProgressElement}} Upload */

const known = (/** @type {File[]} */ files) => files.filter(({ id }) => id).map(({ id }) => id).join();

export class TsAttach extends HTMLElement {
  /** @type {File[]} in the order in which they were given */ #files = [];
  /** @type {Map<File, Upload>} */ #uploads = new Map();
  #drawn = "";

  connectedCallback() {
    const form = this.#form;
    need(form, "[data-attach]").addEventListener("click", () => this.#input.click());
    this.#input.addEventListener("change", this.#chosen);
    form.addEventListener("dragover", this.#over);
    form.addEventListener("dragleave", () => form.classList.remove("takes-files"));
    form.addEventListener("drop", this.#drop);
    form.addEventListener("paste", this.#paste);
  }

  get #form() { return /** @type {HTMLElement} */ (this.closest("form")); }
  /** @returns {HTMLInputElement} */ get #input() { return need(this, "input"); }

  /** All files, those on their way without an id. */
  get files() {
    return this.#files;
  }

  get pending() {
    return this.#uploads.size > 0;
  }

  /** Shows these files; what is on its way stays. */
  show(/** @type {any} */ files) {
    const given = filesOf(files);
    if (known(given) !== known(this.#files)) this.#files = [...given, ...this.#uploads.keys()];
    this.#draw();
  }

  /** Shows `text` beside the files, or takes it away. */
  problem(/** @type {string} */ text) {
    showProblem(need(this, "[data-error]"), text);
  }

  /** One more of the files that were chosen together could not be taken. */
  #refused(/** @type {string} */ text) {
    this.problem([need(this, "[data-error]").textContent, text].filter(Boolean).join(" "));
  }

  /** The form has been sent. */
  clear() {
    this.problem("");
    this.show([]);
  }

  #chosen = () => {
    this.#take([...(this.#input.files ?? [])]);
    this.#input.value = ""; // the same file may be chosen again
  };

  #over = (/** @type {DragEvent} */ event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    this.#form.classList.add("takes-files");
  };

  #drop = (/** @type {DragEvent} */ event) => {
    this.#form.classList.remove("takes-files");
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    this.#take(files);
  };

  #paste = (/** @type {ClipboardEvent} */ event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    // Word processors add a picture of the text: the text is meant.
    if (files.length === 0 || event.clipboardData?.types.includes("text/plain")) return;
    event.preventDefault();
    this.#take(files);
  };

  #take(/** @type {globalThis.File[]} */ files) {
    this.problem("");
    const most = Number(this.dataset.max);
    for (const file of files) {
      if (isText(file)) {
        this.#quote(file);
        continue;
      }
      if (this.files.length >= MAX_FILES) return this.#refused(t("At most {n} files at once.", { n: MAX_FILES }));
      if (file.size > most) this.#refused(t("{name} is too large: at most {most}.", { name: file.name, most: fileSize(most) }));
      else this.#upload(file);
    }
  }

  async #quote(/** @type {globalThis.File} */ source) {
    const { name } = source;
    if (source.size > MOST_TEXT) return this.#refused(t("{name} is too large: at most {most}.", { name, most: fileSize(MOST_TEXT) }));
    const prompt = /** @type {HTMLTextAreaElement} */ (need(this.#form, "textarea[name=prompt]"));
    try {
      const text = new TextDecoder("utf-8", { fatal: true }).decode(await source.arrayBuffer());
      if (text.includes("\0")) throw new TypeError("no text");
      prompt.value = [prompt.value.trimEnd(), quotedFile(name, text)].filter(Boolean).join("\n\n") + "\n";
      prompt.dispatchEvent(new Event("input", { bubbles: true }));
      prompt.focus();
      this.#say(t("The text of {name} stands in the prompt.", { name }));
    } catch (error) {
      // A decoder says TypeError; whatever else it is, the file could not be read.
      this.#refused(error instanceof TypeError ? t("{name} is no text in UTF-8.", { name }) : `${name}: ${problemText(error)}`);
    }
  }

  async #upload(/** @type {globalThis.File} */ source) {
    const file = { id: "", kind: "file", mime: "", name: source.name, size: source.size };
    const bar = /** @type {HTMLProgressElement} */ (el("progress", { max: 1, value: 0, "aria-label": t("Uploading {name}", { name: source.name }) }));
    const stop = new AbortController();
    this.#uploads.set(file, { stop, bar });
    this.#files = [...this.#files, file];
    this.#changed();
    try {
      const done = filesOf([await api.uploadFile(source, { signal: stop.signal, progress: (share) => { bar.value = share; } })]);
      this.#files = this.#files.flatMap((each) => (each === file ? done : [each]));
      this.#say(t("{name} is attached.", { name: source.name }));
    } catch (error) {
      if (!stop.signal.aborted) this.#refused(`${source.name}: ${problemText(error)}`);
    } finally {
      this.#uploads.delete(file);
      this.#files = this.#files.filter((each) => each !== file);
      this.#changed();
    }
  }

  #remove(/** @type {File} */ file) {
    const isIt = (/** @type {File} */ each) => (file.id ? each.id === file.id : each === file);
    const at = this.#files.findIndex(isIt);
    this.#uploads.get(file)?.stop.abort();
    this.#files = this.#files.filter((each) => !isIt(each));
    // One that cannot be removed now is used, or goes by itself in a day.
    if (file.id) api.deleteAttachment(file.id).catch((/** @type {any} */ error) => problemText(error));
    this.problem("");
    this.#say(t("{name} is not attached any more.", { name: file.name }));
    this.#changed();
    const buttons = this.querySelectorAll("button");
    (buttons[Math.min(at, buttons.length - 1)] ?? need(this.#form, "[data-attach]")).focus();
  }

  #changed() {
    this.#draw();
    tell("ts:files", { files: this.files }, this);
  }

  #draw() {
    const drawn = JSON.stringify(this.files);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    const list = need(this, "ul");
    list.replaceChildren(...this.files.map((file) => this.#chip(file)));
    list.hidden = this.files.length === 0;
  }

  #chip(/** @type {File} */ file) {
    const bar = this.#uploads.get(file)?.bar;
    const remove = el("button", { type: "button", class: "chip-remove", "aria-label": t("Remove {name}", { name: file.name }), title: t("Remove") }, icon("close"));
    remove.addEventListener("click", () => this.#remove(file));
    return el("li", { class: "chip" }, ...fileParts(file), bar, remove);
  }

  #say(/** @type {string} */ text) {
    need(this, "[role=status]").textContent = text;
  }
}
