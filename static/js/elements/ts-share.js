/**
 * <ts-share>: makes and revokes links that show one comparison to whoever has them. Opens on "ts:share" {id}. The address
 * of a new link is shown once: nobody, not even the server, can show it again.
 */

import { t } from "../core/i18n.js";
import { problemText } from "../core/problems.js";
import * as api from "../io/api.js";
import { copyText } from "./clipboard.js";
import { openDialog, prepareDialog } from "./dialog.js";
import { el, icon, need } from "./dom.js";

/** @typedef {{id: string, created_at: string, expires_at: string | null, revoked_at: string | null}} Share */

const DAY_MS = 24 * 3600 * 1000;

export class TsShare extends HTMLElement {
  #bound = false;
  #busy = false;
  #id = "";

  connectedCallback() {
    document.addEventListener("ts:share", this.#open);
    if (this.#bound) return;
    this.#bound = true;
    prepareDialog(this.#dialog);
    need(this, "form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#try(() => this.#create());
    });
    need(this, "[data-copy]").addEventListener("click", () => this.#try(() => this.#copy()));
  }

  disconnectedCallback() {
    document.removeEventListener("ts:share", this.#open);
  }

  /** @returns {HTMLDialogElement} */ get #dialog() { return need(this, "dialog"); }
  /** @returns {HTMLInputElement} */ get #address() { return need(this, "[data-address]"); }

  #open = (/** @type {Event} */ event) => {
    this.#id = /** @type {CustomEvent} */ (event).detail.id;
    this.#show("");
    need(this, "[data-list]").replaceChildren();
    openDialog(this.#dialog);
    this.#try(() => this.#list());
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

  async #list() {
    /** @type {{items: Share[]}} */
    const { items } = await api.shares(this.#id);
    const works = (/** @type {Share} */ { revoked_at: revoked, expires_at: end }) => revoked === null && (end === null || new Date(end).getTime() > Date.now());
    const working = items.filter(works);
    const none = el("li", { class: "hint" }, t("Nobody else can see this comparison."));
    need(this, "[data-list]").replaceChildren(...(working.length > 0 ? working.map((share) => this.#row(share)) : [none]));
  }

  #row(/** @type {Share} */ share) {
    const revoke = el("button", { type: "button", class: "small" }, t("Revoke"));
    revoke.addEventListener("click", () => this.#try(() => this.#revoke(share.id)));
    return el("li", { class: "share" }, icon("key"), el("span", { class: "grow" }, shareWords(share)), revoke);
  }

  async #create() {
    const days = Number(/** @type {HTMLSelectElement} */ (need(this, "select")).value);
    const expires = days > 0 ? new Date(Date.now() + days * DAY_MS).toISOString() : null;
    const { url } = await api.createShare(this.#id, expires);
    this.#show(url);
    this.#address.focus();
    this.#address.select();
    await this.#list();
  }

  async #revoke(/** @type {string} */ id) {
    await api.revokeShare(id);
    this.#show("");
    await this.#list();
    this.#say(t("The link does not work any more."));
    need(this, "[data-create]").focus();
  }

  async #copy() {
    await copyText(this.#address.value);
    this.#say(t("Copied."));
  }

  async #try(/** @type {() => Promise<unknown>} */ act) {
    if (this.#busy) return;
    this.#busy = true;
    need(this, "[data-error]").textContent = "";
    try {
      await act();
    } catch (error) {
      need(this, "[data-error]").textContent = problemText(error);
    } finally {
      this.#busy = false;
    }
  }
}

/** "Made 21 Nov 2026, 06:10 · until 28 Nov 2026, 06:10". */
function shareWords(/** @type {Share} */ { created_at: created, expires_at: expires }) {
  const format = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
  const made = t("Made {time}", { time: format.format(new Date(created)) });
  if (expires === null) return `${made} · ${t("until it is revoked")}`;
  return `${made} · ${t("until {time}", { time: format.format(new Date(expires)) })}`;
}
