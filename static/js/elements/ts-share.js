/**
 * <ts-share>: makes and revokes links that show one comparison, or chosen parts of it. Opens on "ts:share" {id}. What the
 * link would show is looked through for secrets first. The address of a new link is shown once: nobody, not even the
 * server, can show it again.
 */

import { t } from "../core/i18n.js";
import { problemText } from "../core/problems.js";
import * as api from "../io/api.js";
import { copyText } from "./clipboard.js";
import { openDialog, prepareDialog } from "./dialog.js";
import { el, need, showProblem } from "./dom.js";
import { findingNodes, previewNodes, RAW_HOLDS, rowOf, works } from "./share-words.js";

/** @typedef {import("./share-words.js").Share} Share */

const DAY_MS = 24 * 3600 * 1000;
const FIELDS = ["password", "max_views", "label"];

export class TsShare extends HTMLElement {
  #bound = false;
  #busy = false;
  #id = "";
  #asked = 0;
  #listed = 0;

  connectedCallback() {
    document.addEventListener("ts:share", this.#open);
    if (this.#bound) return;
    this.#bound = true;
    prepareDialog(this.#dialog);
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#try(() => this.#create());
    });
    need(this, ".share-parts").addEventListener("change", this.#partsChanged);
    need(this, "[data-copy]").addEventListener("click", () => this.#try(() => this.#copy()));
  }

  disconnectedCallback() {
    document.removeEventListener("ts:share", this.#open);
  }

  /** @returns {HTMLDialogElement} */ get #dialog() { return need(this, "dialog"); }
  /** @returns {HTMLFormElement} */ get #form() { return need(this, "form"); }
  /** @returns {HTMLInputElement} */ get #address() { return need(this, "[data-address]"); }
  /** @returns {HTMLInputElement[]} */ get #boxes() { return [...this.querySelectorAll("input")].filter(({ name }) => name === "parts"); }
  get #parts() { return this.#boxes.filter(({ checked }) => checked).map(({ value }) => value); }

  #open = (/** @type {Event} */ event) => {
    this.#id = /** @type {CustomEvent} */ (event).detail.id;
    this.#show("");
    need(this, "[data-list]").replaceChildren();
    openDialog(this.#dialog);
    this.#try(() => Promise.all([this.#list(), this.#look()]), { isLook: true });
  };

  /** The new address, or nothing. */
  #show(/** @type {string} */ address) {
    need(this, "[data-new-link]").hidden = address === "";
    this.#address.value = address;
    this.#say("");
  }

  #say(/** @type {string} */ text) {
    need(this, "[data-status]").textContent = text;
  }

  /** A raw request goes with what it is made of: choosing it chooses that, leaving any of that out leaves it out. */
  #partsChanged = (/** @type {Event} */ event) => {
    const { value, checked } = /** @type {HTMLInputElement} */ (event.target);
    for (const box of this.#boxes) {
      if (value === "raw" && checked && RAW_HOLDS.includes(box.value)) box.checked = true;
      if (box.value === "raw" && !checked && RAW_HOLDS.includes(value)) box.checked = false;
    }
    this.#try(() => this.#look(), { isLook: true });
  };

  /** What the link would show, and what in it should perhaps not be seen. Only the last answer counts. */
  async #look() {
    this.#asked += 1;
    const number = this.#asked;
    const { state, findings } = await api.previewShare(this.#id, this.#parts);
    if (number !== this.#asked) return;
    need(this, "[data-preview]").replaceChildren(...previewNodes(state));
    const found = need(this, "[data-findings]");
    found.replaceChildren(...findingNodes(findings));
    found.hidden = findings.length === 0;
  }

  async #list() {
    this.#listed += 1;
    const number = this.#listed;
    /** @type {{items: Share[]}} */
    const { items } = await api.shares(this.#id);
    if (number !== this.#listed) return;
    const working = items.filter(works);
    const none = el("li", { class: "hint" }, t("Nobody else can see this comparison."));
    const rows = working.map((share) => rowOf(share, ({ id }) => this.#try(() => this.#revoke(id))));
    need(this, "[data-list]").replaceChildren(...(rows.length > 0 ? rows : [none]));
  }

  async #create() {
    const { audience, mode, days, password, max_views: views, label } = Object.fromEntries(new FormData(this.#form));
    const expires = Number(days) > 0 ? new Date(Date.now() + Number(days) * DAY_MS).toISOString() : null;
    const most = String(views).trim();
    const body = {
      audience,
      mode,
      parts: this.#parts,
      expires_at: expires,
      password: password || null,
      max_views: most === "" ? null : /^\d+$/.test(most) ? Number(most) : most,
      label,
    };
    const { url } = await api.createShare(this.#id, body);
    for (const name of ["password", "max_views", "label"]) this.#field(name).value = "";
    this.#show(url);
    this.#address.focus();
    this.#address.select();
    await this.#list();
  }

  /** @returns {HTMLInputElement} */
  #field(/** @type {string} */ name) {
    return need(this, `[name="${name}"]`);
  }

  async #revoke(/** @type {string} */ id) {
    await api.revokeShare(id);
    this.#show("");
    await this.#list();
    this.#say(t("The link does not work any more."));
    need(this, "[data-create]").focus();
  }

  async #copy() {
    await copyText(this.#address.value, t("Copied."), (words) => this.#say(words));
  }

  /** One act at a time, but nobody has to wait until everything is shown (`isLook`). */
  async #try(/** @type {() => Promise<unknown>} */ act, { isLook = false } = {}) {
    if (this.#busy && !isLook) return;
    if (!isLook) this.#busy = true;
    this.#problem("", "");
    try {
      await act();
    } catch (error) {
      this.#refused(error);
    } finally {
      if (!isLook) this.#busy = false;
    }
  }

  /** At the field that is wrong, if the server names one of ours; what was typed stays. */
  #refused(/** @type {any} */ error) {
    const text = problemText(error);
    const field = Array.isArray(error.details) ? error.details[0]?.field : "";
    this.#problem(FIELDS.includes(field) ? field : "", text);
  }

  #problem(/** @type {string} */ field, /** @type {string} */ text) {
    showProblem(need(this, '[data-error=""]'), field ? "" : text);
    for (const name of FIELDS) {
      need(this, `[data-error="${name}"]`).textContent = name === field ? text : "";
      this.#field(name).setAttribute("aria-invalid", String(name === field));
    }
    if (!field) return;
    need(this, "details").setAttribute("open", "");
    this.#field(field).focus();
  }
}
