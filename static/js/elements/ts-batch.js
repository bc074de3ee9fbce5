/**
 * <ts-batch>: one batch while it goes on. Asks how far it is, and reads the rows that are shown again when something has
 * changed. Filter and search are in the address.
 */

import { about } from "../core/format.js";
import { t } from "../core/i18n.js";
import { problemText } from "../core/problems.js";
import { ApiError, batch, batchInputs, changeBatch, deleteBatch } from "../io/api.js";
import { headRow, inputRow, STATES } from "./batch-rows.js";
import { openDialog, prepareDialog } from "./dialog.js";
import { el, need, placeBelow, showProblem } from "./dom.js";

const POLL_MS = 1500;
const TYPING_MS = 250;

export class TsBatch extends HTMLElement {
  #bound = false;
  #busy = false;
  /** @type {any} */ #state = null;
  #seen = "";
  /** How many rows are shown: so many are read again. */
  #rows = 0;
  /** @type {number | undefined} */ #timer;
  /** @type {number | undefined} */ #typing;
  #asking = 0;

  connectedCallback() {
    if (!this.#bound) this.#bind();
    this.#show(JSON.parse(need(this, "#ts-batch-state").textContent ?? "null"));
    this.#timer = window.setInterval(() => this.#poll(), POLL_MS);
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
  }

  get #id() { return this.dataset.id ?? ""; }
  /** @returns {HTMLFormElement} */ get #form() { return need(this, "form"); }
  get #body() { return need(this, "tbody"); }

  #bind() {
    this.#bound = true;
    const asked = new URLSearchParams(location.search);
    for (const field of /** @type {NodeListOf<HTMLInputElement>} */ (this.#form.querySelectorAll("[name]"))) {
      if (asked.has(field.name)) field.value = asked.get(field.name) ?? "";
    }
    this.#form.addEventListener("submit", (event) => event.preventDefault());
    this.#form.addEventListener("input", () => {
      clearTimeout(this.#typing);
      this.#typing = window.setTimeout(() => this.#filter(), TYPING_MS);
    });
    need(this, "[data-more]").addEventListener("click", () => this.#try(() => this.#load(this.#rows)));
    for (const button of /** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll("[data-act]"))) {
      button.addEventListener("click", () => this.#act(button.dataset.act ?? ""));
    }
    /** @type {HTMLDialogElement} */
    const dialog = need(this, "dialog");
    prepareDialog(dialog);
    need(this, "[data-delete]").addEventListener("click", () => openDialog(dialog));
    need(this, "[data-confirm]").addEventListener("click", () => {
      dialog.close();
      this.#try(async () => {
        await deleteBatch(this.#id);
        location.assign("/batches/");
      });
    });
    const menu = need(this, "#batch-export");
    menu.addEventListener("toggle", () => menu.matches(":popover-open") && placeBelow(menu, need(this, "[popovertarget]")));
    menu.addEventListener("click", () => menu.hidePopover());
  }

  get #wanted() {
    const form = new FormData(this.#form);
    return { show: String(form.get("show") ?? "all"), q: String(form.get("q") ?? "") };
  }

  #filter() {
    const { show, q } = this.#wanted;
    const said = new URLSearchParams(Object.entries({ show: show === "all" ? "" : show, q }).filter(([, value]) => value !== ""));
    history.replaceState(null, "", said.size > 0 ? `?${said}` : location.pathname);
    this.#rows = 0;
    this.#try(() => this.#load(0));
  }

  #show(/** @type {any} */ state) {
    this.#state = state;
    const { counts, total, cost, unknown_costs: unknown } = state;
    const ended = counts.ended + counts.refused;
    need(this, "[data-state]").textContent = STATES[state.state]?.() ?? state.state;
    /** @type {HTMLProgressElement} */ (need(this, "progress")).value = ended;
    const known = cost === null ? t("unknown") : about(cost);
    const figures = {
      [t("Ended")]: t("{n} of {m}", { n: ended, m: total }),
      [t("Running")]: counts.started,
      [t("Failed")]: counts.failed,
      [t("Answers differ")]: counts.differ,
      [t("Cost")]: unknown > 0 && cost !== null ? t("{cost}, {n} unknown", { cost: known, n: unknown }) : known,
    };
    need(this, "[data-figures]").replaceChildren(...Object.entries(figures).map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, String(value)))));
    this.#hide("stop", state.state !== "running");
    this.#hide("resume", state.state !== "stopped");
    this.#hide("retry", counts.failed === 0 || !["stopped", "done"].includes(state.state));
    for (const part of /** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll("[data-when]"))) {
      part.hidden = (part.dataset.when === "partial") !== (state.state === "partial");
    }
    const seen = JSON.stringify([state.state, state.cursor, counts]);
    if (seen === this.#seen) return;
    if (this.#seen !== "" && ["stopped", "done"].includes(state.state)) need(this, "[data-status]").textContent = t("{n} of {m} ended.", { n: ended, m: total });
    this.#seen = seen;
    need(this, "thead").replaceChildren(headRow(state.columns));
    this.#try(() => this.#load(0));
  }

  #hide(/** @type {string} */ act, /** @type {boolean} */ hidden) {
    need(this, `[data-act="${act}"]`).hidden = hidden;
  }

  /** Reads from row `from` on: the first page, the next one, or (from 0) as many as are shown. */
  async #load(/** @type {number} */ from) {
    const turn = ++this.#asking;
    const wanted = this.#wanted;
    const least = from === 0 ? this.#rows : from + 1;
    /** @type {any[]} */ const items = [];
    /** @type {number | null} */ let after = from === 0 ? -1 : this.#last;
    do {
      const page = await batchInputs(this.#id, { ...wanted, after: /** @type {number} */ (after) });
      if (turn !== this.#asking) return;
      items.push(...page.items);
      after = page.next;
    } while (after !== null && from + items.length < least);
    const rows = items.map((item) => inputRow(item, this.#state.columns));
    if (from === 0) this.#body.replaceChildren(...rows);
    else this.#body.append(...rows);
    this.#rows = this.#body.children.length;
    need(this, "[data-more]").hidden = after === null;
    need(this, "[data-empty]").hidden = this.#rows > 0;
    need(this, ".table-card").hidden = this.#rows === 0;
  }

  get #last() {
    return Number(/** @type {HTMLElement} */ (this.#body.lastElementChild)?.dataset.index ?? -1);
  }

  #poll() {
    if (document.hidden || this.#busy || !["running", "partial"].includes(this.#state.state)) return;
    this.#try(async () => this.#show(await batch(this.#id)));
  }

  #act(/** @type {string} */ act) {
    this.#try(async () => this.#show(await changeBatch(this.#id, act)));
  }

  async #try(/** @type {() => Promise<unknown>} */ act) {
    this.#busy = true;
    const place = need(this, "[data-problem]");
    try {
      await act();
      place.hidden = true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      showProblem(place, problemText(error));
      place.hidden = false;
    } finally {
      this.#busy = false;
    }
  }
}
