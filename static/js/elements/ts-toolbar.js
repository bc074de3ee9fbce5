/** <ts-toolbar>: how the grid is shown, how far it is, and what one can do with all of it. Tells `ts-view` {name, value}. */

import { t } from "../core/i18n.js";
import { progressWords } from "../core/progress.js";
import { el, icon, tell } from "./dom.js";
import { refreshRoving, roving } from "./roving.js";

/** @typedef {{view: "rendered" | "source", layout: "columns" | "focus" | "stack", sync: boolean, race: boolean}} Prefs */
/** @typedef {import("../core/progress.js").Endings & {running: number, total: number, spent: string}} Counts */

export class TsToolbar extends HTMLElement {
  /** @type {Map<string, HTMLButtonElement>} */
  #buttons = new Map();
  #narrow = window.matchMedia("(max-width: 760px)");
  /** @type {HTMLButtonElement | null} */
  #add = null;
  #measured = true;
  #progress = el("span", { class: "progress numbers" });
  #spent = el("span", { class: "spent numbers", title: t("What this comparison has cost, re-runs and stopped answers included") });
  #stop = this.#button("stop", [icon("stop"), t("Stop all")], () => tell("ts-stop-all", {}, this));

  connectedCallback() {
    this.#narrow.addEventListener("change", this.#fit);
    if (this.firstChild) return;
    this.setAttribute("role", "toolbar");
    this.setAttribute("aria-label", t("View"));
    const add = this.#button("add", [icon("plus"), el("span", {}, t("Add model"))], () => tell("ts:add-model"));
    add.classList.add("dashed");
    this.#add = add;
    this.drafting(false);
    this.#stop.hidden = true;
    this.append(
      this.#choice("view", t("Text"), { rendered: t("Rendered"), source: t("Source") }),
      this.#choice("layout", t("Layout"), { columns: t("Columns"), focus: t("Focus + strip"), stack: t("Stack") }),
      this.#toggle("sync", t("Sync scroll")),
      this.#toggle("race", t("Race")),
      el("span", { class: "grow" }),
      this.#spent,
      this.#progress,
      this.#stop,
      add,
    );
    roving(this);
    this.#fit();
  }

  disconnectedCallback() {
    this.#narrow.removeEventListener("change", this.#fit);
  }

  /** A phone has one layout only. */
  #fit = () => {
    for (const [key, button] of this.#buttons) {
      if (key.startsWith("layout ") || key === "sync" || key === "race") button.hidden = this.#narrow.matches || (key === "race" && !this.#measured);
    }
    refreshRoving(this);
  };

  /** Where times are not shown there is no race to look at. */
  measured(/** @type {boolean} */ yes) {
    if (yes === this.#measured) return;
    this.#measured = yes;
    this.#fit();
  }

  /** While a comparison is being written, the composer above is the place to add models. */
  drafting(/** @type {boolean} */ yes) {
    if (this.#add) this.#add.hidden = yes || this.dataset.writable === "false";
  }

  show(/** @type {Prefs} */ prefs) {
    for (const [key, button] of this.#buttons) {
      const [name, value] = key.split(" ");
      const chosen = /** @type {any} */ (prefs)[name];
      if (chosen !== undefined) button.setAttribute("aria-pressed", String(value ? chosen === value : chosen));
    }
  }

  /** `stopHere`: no other part of the page offers to stop everything. */
  progress(/** @type {Counts} */ counts, /** @type {boolean} */ stopHere) {
    const { running, spent } = counts;
    const text = progressWords(counts);
    if (this.#spent.textContent !== spent) this.#spent.textContent = spent;
    if (this.#progress.textContent !== text) this.#progress.textContent = text;
    const hidden = running === 0 || !stopHere;
    if (this.#stop.hidden === hidden) return;
    this.#stop.hidden = hidden;
    refreshRoving(this);
  }

  /** @type {(name: string, label: string, values: Record<string, string>) => HTMLElement} */
  #choice(name, label, values) {
    const buttons = Object.entries(values).map(([value, text]) => this.#button(`${name} ${value}`, [text], () => tell("ts-view", { name, value }, this)));
    return el("div", { class: "choice", role: "group", "aria-label": label }, ...buttons);
  }

  #toggle(/** @type {string} */ name, /** @type {string} */ label) {
    return this.#button(name, [label], () => tell("ts-view", { name, value: null }, this));
  }

  /** @type {(key: string, content: (Node | string)[], act: () => void) => HTMLButtonElement} */
  #button(key, content, act) {
    const button = /** @type {HTMLButtonElement} */ (el("button", { type: "button" }, ...content));
    button.addEventListener("click", act);
    this.#buttons.set(key, button);
    return button;
  }
}
