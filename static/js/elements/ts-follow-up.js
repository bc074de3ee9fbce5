/**
 * <ts-follow-up>: the folded composer of a comparison. One line says what was asked (opens to all of it), one box asks a
 * follow-up of every column; Stop all while something runs, and two ways to a new comparison with these models.
 */

import { idsOf, namesOf } from "../core/attachments.js";
import { askedOf, draftOf } from "../core/draft.js";
import { asTemplate } from "../core/template.js";
import { heading } from "../core/format.js";
import { t } from "../core/i18n.js";
import { problemText } from "../core/problems.js";
import * as api from "../io/api.js";
import { loadDraft, saveDraft } from "../io/drafts.js";
import { askedParts } from "./asked-parts.js";
import { el, grow, isSubmitKey, need, showFieldError, tell } from "./dom.js";
import { asked, wordsOfAdding } from "./question.js";

/** Whether whoever shares it keeps back what was asked. */
const isHidden = (/** @type {any} */ state) => state?.shared && !state.shared.parts.includes("prompt");

/** What a turn asked on one line: its text, or else the files that were all of it. */
const inShort = (/** @type {import("../core/draft.js").Asked | undefined} */ asked) => asked?.text || namesOf(asked?.files ?? []);

export class TsFollowUp extends HTMLElement {
  /** @type {any} */ #state = null;
  /** @type {import("../core/draft.js").Asked[]} */ #asked = [];
  #id = "";
  #sending = false;
  #running = false;

  connectedCallback() {
    document.addEventListener("ts:asked", this.#opened);
    document.addEventListener("ts:state", this.#follow);
    document.addEventListener("ts:connection", this.#connection);
    document.addEventListener("ts:add-model", this.#addModel);
    document.addEventListener("keydown", this.#globalKey);
    this.addEventListener("click", this.#click);
    need(this, "form").addEventListener("submit", this.#submit);
    this.#box.addEventListener("input", this.#input);
    this.#attach.addEventListener("ts:files", () => saveDraft(this.#attach.files, `${this.#draftName}:files`));
    const source = document.getElementById("ts-state");
    if (!this.hidden && source) this.#show(this.dataset.id ?? "", JSON.parse(source.textContent ?? "null"));
  }

  disconnectedCallback() {
    document.removeEventListener("ts:asked", this.#opened);
    document.removeEventListener("ts:state", this.#follow);
    document.removeEventListener("ts:connection", this.#connection);
    document.removeEventListener("ts:add-model", this.#addModel);
    document.removeEventListener("keydown", this.#globalKey);
  }

  /** @returns {HTMLTextAreaElement} */ get #box() { return need(this, "textarea"); }
  /** @returns {import("./ts-attach.js").TsAttach} */ get #attach() { return need(this, "ts-attach"); }
  /** @returns {HTMLAnchorElement} */ get #new() { return need(this, "[data-new]"); }

  #opened = (/** @type {Event} */ event) => {
    const { id, state } = /** @type {CustomEvent} */ (event).detail;
    this.hidden = false;
    this.#show(id, state);
    document.querySelector("nav [aria-current]")?.removeAttribute("aria-current");
    // Not into the box: single keys shall work now, and a phone shall not show its keyboard over the answers.
    document.getElementById("main")?.focus({ preventScroll: true });
  };

  #show(/** @type {string} */ id, /** @type {any} */ state) {
    this.#id = id;
    this.#state = state;
    this.#asked = askedOf(state);
    need(this, "ts-export").dataset.comparison = id;
    this.#box.value ||= loadDraft(this.#draftName) ?? ""; // what was typed before this script came is newer
    this.#attach.show(loadDraft(`${this.#draftName}:files`));
    grow(this.#box);
    const writable = this.dataset.writable !== "false";
    for (const selector of ["form", "[data-edit]", "[data-new]", "[data-share]", "ts-export"]) need(this, selector).hidden = !writable;
    this.#drawAsked();
  }

  get #draftName() {
    return `follow-up:${this.#id}`;
  }

  /** What was asked last. */
  get #last() {
    return inShort(this.#asked.at(-1));
  }

  #drawAsked() {
    need(this, "[data-asked]").textContent = isHidden(this.#state) ? t("What was asked is not shown.") : this.#last;
    const name = this.#state?.title || heading(inShort(this.#asked[0])) || t("Comparison");
    document.title = `${name} · Touchstone`;
    need(document, "#page-title").textContent = name;
    const label = this.dataset.writable === "false" || !this.#id ? null : () => this.#label();
    const keep = document.querySelector("ts-save-prompt") ? this.#keep.bind(this) : null;
    need(this, "[data-asked-all]").replaceChildren(...askedParts(this.#state, this.#asked, { keep, label }));
  }

  /** Title, tags and metadata of it, as they are written in the dialog of the grid. */
  async #label() {
    const { title = "", tags = [], metadata: labels = {} } = this.#state ?? {};
    /** @type {import("./ts-labels.js").TsLabels} */
    const dialog = need(document, "ts-labels");
    const saved = await dialog.edit(t("Title, tags and metadata"), { title, tags, labels }, async (asked) => {
      const { title, tags, metadata } = await api.labelComparison(this.#id, asked);
      return { title, tags, labels: metadata };
    });
    if (!saved) return;
    this.#state = { ...this.#state, title: saved.title, tags: saved.tags, metadata: saved.labels };
    this.#drawAsked();
    need(this, "[data-label]").focus();
  }

  async #keep(/** @type {import("../core/draft.js").Asked} */ { text, before }, /** @type {HTMLElement} */ button) {
    /** @type {import("./ts-save-prompt.js").TsSavePrompt} */
    const dialog = need(document, "ts-save-prompt");
    const messages = [...before, { role: "user", content: text }];
    const saved = await dialog.save({ system: this.#state?.system ?? "", messages, plain: asTemplate, title: this.#state?.title, variables: false });
    if (!saved) return;
    const link = el("a", { href: `${need(document, "[data-kept]").dataset.url}${saved.id}/` }, t("Saved as “{name}”", { name: saved.name }));
    button.replaceWith(link);
    link.focus();
  }

  #follow = (/** @type {Event} */ event) => {
    const { running, canFollowUp, turns } = /** @type {CustomEvent} */ (event).detail;
    this.#running = Boolean(running);
    need(this, "[data-stop]").hidden = !this.#running || this.dataset.writable === "false";
    need(this, "[data-send]").setAttribute("aria-disabled", String(!canFollowUp || this.#sending));
    if (Array.isArray(turns) && turns.length !== this.#asked.length) {
      this.#asked = askedOf({ turns });
      this.#drawAsked();
    }
  };

  /** What is out of reach cannot be asked any more; a new comparison can be made of it. */
  #connection = (/** @type {Event} */ event) => {
    if (!(/** @type {CustomEvent} */ (event).detail.over)) return;
    for (const selector of ["form", "[data-share]", "ts-export", "[data-stop]"]) need(this, selector).hidden = true;
    this.dataset.writable = "false";
  };

  #input = () => {
    saveDraft(this.#box.value || null, this.#draftName);
    this.#problem("");
    grow(this.#box);
  };

  #globalKey = (/** @type {KeyboardEvent} */ event) => {
    if (this.hidden || !isSubmitKey(event)) return;
    event.preventDefault();
    if (this.contains(document.activeElement)) need(this, "form").dispatchEvent(new Event("submit", { cancelable: true }));
    else this.#box.focus();
  };

  #submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const prompt = this.#box.value;
    if (this.#sending) return;
    if (prompt.trim() === "" && this.#attach.files.length === 0) return this.#problem(t("Write a prompt first."));
    if (this.#running) return this.#problem(t("Some answers are still running. Wait for them, or stop them."));
    if (this.#attach.pending) return this.#attach.problem(t("Wait until the files are uploaded."));
    const { files } = this.#attach;
    this.#busy(true);
    try {
      const turn = await api.addTurn(this.#id, { prompt, attachments: idsOf(files) });
      this.#sent(turn, prompt, files);
    } catch (error) {
      this.#problem(problemText(error));
    } finally {
      this.#busy(false);
    }
  };

  /** @param {{id: string}} turn @param {string} prompt @param {import("../core/attachments.js").File[]} files */
  #sent(turn, prompt, files) {
    for (const name of [this.#draftName, `${this.#draftName}:files`]) saveDraft(null, name);
    this.#attach.clear();
    this.#box.value = "";
    grow(this.#box);
    if (this.#asked.some(({ id }) => id === turn.id)) return;
    this.#asked.push({ id: turn.id, text: prompt, before: [], files, missing: [] });
    this.#drawAsked();
  }

  #busy(/** @type {boolean} */ busy) {
    this.#sending = busy;
    need(this, "[data-send]").setAttribute("aria-disabled", String(busy));
  }

  #problem(/** @type {string} */ text) {
    showFieldError(need(this, "#follow-up-error"), this.#box, text);
    if (text) this.#box.focus();
  }

  #click = (/** @type {MouseEvent} */ event) => {
    const target = /** @type {Element} */ (event.target);
    if (target.closest("[data-stop]")) this.#stop();
    else if (target.closest("[data-share]")) tell("ts:share", { id: this.#id });
    else if (target.closest("[data-fork]")) this.#fork();
    else if (target.closest("[data-edit]")) this.#leave(true, "");
    else if (target.closest("[data-new]") && this.#state && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      this.#leave(false, "");
    }
  };

  async #stop() {
    try {
      await api.cancelComparison(this.#id);
    } catch (error) {
      this.#problem(problemText(error));
    }
  }

  /** Of what somebody shares: a copy of one's own, which can be asked on. */
  async #fork() {
    if (this.#sending) return;
    this.#busy(true);
    try {
      const { id } = await api.forkComparison(this.#id);
      location.assign(`/c/${encodeURIComponent(id)}/`);
    } catch (error) {
      this.#problem(problemText(error));
    } finally {
      this.#busy(false);
    }
  }

  /** Columns of a comparison are fixed, so one more model means a new comparison with this prompt: that is asked first. */
  #addModel = async () => {
    if (!this.hidden && (await asked(this, wordsOfAdding(this.#asked.length)))) this.#leave(true, "#add-model");
  };

  #leave(/** @type {boolean} */ withPrompt, /** @type {string} */ hash) {
    saveDraft(draftOf(this.#state, { withPrompt }));
    location.assign(this.#new.pathname + hash);
  }
}
