/**
 * One turn inside a column: what was asked (when there are several turns), then its answer. Several samples are tabs;
 * of several attempts the newest is shown and the earlier ones can be looked at.
 */

import { filesIn, isFile, missingIn, namesOf } from "../core/attachments.js";
import { FINAL } from "../core/fold.js";
import { t } from "../core/i18n.js";
import { statusOf } from "../core/status.js";
import { fileList } from "./attached-files.js";
import { el, icon } from "./dom.js";
import { RunView } from "./run-view.js";

/** @typedef {import("../core/types").Run} Run */
/** @typedef {import("../core/types").Turn} Turn */
/** @typedef {import("../core/store.js").Store} Store */
/** @typedef {{view: "rendered" | "source", changed: () => void}} Options */

export class TurnView {
  root = el("div", { class: "turn", role: "group" });
  #asked = el("details", { class: "asked-here" });
  #samples = el("div", { class: "samples", role: "group", "aria-label": t("Samples") });
  #attempts = el("div", { class: "attempts" });
  #place = el("div", { class: "run-place" });
  /** @type {Run[][]} */
  #answers = [];
  #sample = 0;
  /** @type {number | null} an attempt that the reader looks at; null follows the newest */
  #attempt = null;
  /** @type {Map<string, RunView>} */
  #views = new Map();
  /** @type {Set<string>} */
  #seen = new Set();
  #options;
  #says = "";
  #visible = true;

  constructor(/** @type {Turn} */ turn, /** @type {number} */ place, /** @type {Options} */ options) {
    this.turn = turn;
    this.#options = options;
    this.root.setAttribute("aria-label", t("Turn {n}", { n: place + 1 }));
    const [text, files] = [askedText(turn), filesIn(turn)];
    const line = el("span", { class: "one-line" }, text || namesOf(files));
    this.#asked.append(el("summary", {}, icon("chevron"), icon("user"), line), text ? el("p", { class: "said" }, text) : "", fileList(files, missingIn(turn)) ?? "");
    this.root.append(this.#asked, this.#samples, this.#attempts, this.#place);
  }

  /** The run that is shown, or null while there is none. */
  get run() {
    const attempts = this.#answers[this.#sample] ?? this.#answers[0] ?? [];
    return attempts.find((run) => run.attempt === this.#attempt) ?? attempts.at(-1) ?? null;
  }

  get view() {
    return this.run ? (this.#views.get(this.run.id) ?? null) : null;
  }

  /** Which runs there are; a new attempt takes the reader back to the newest. */
  place(/** @type {Run[][]} */ answers, /** @type {boolean} */ several) {
    const before = this.#answers[this.#sample]?.length ?? 0;
    this.#answers = answers;
    if ((answers[this.#sample]?.length ?? 0) > before) this.#attempt = null;
    this.#asked.hidden = !several;
  }

  show(/** @type {Store} */ store, /** @type {number} */ now, /** @type {Map<string, Map<number, string>>} */ deltas) {
    const run = this.run;
    this.#showChoices();
    this.root.hidden = !run && this.#asked.hidden;
    if (!run) return;
    const view = this.#viewOf(run.id);
    const fresh = this.#place.firstChild !== view.root;
    if (fresh) this.#place.replaceChildren(view.root);
    view.setVisible(this.#visible);
    view.show(run, store.pace(run.id), now, fresh || !this.#seen.has(run.id) ? undefined : deltas.get(run.id));
    this.#seen = new Set([run.id]);
  }

  #viewOf(/** @type {string} */ id) {
    const view = this.#views.get(id) ?? new RunView(this.#options.view);
    this.#views.set(id, view);
    return view;
  }

  #showChoices() {
    const run = this.run;
    const attempts = run ? (this.#answers.find((list) => list.includes(run)) ?? []) : [];
    const says = JSON.stringify([this.#answers.map((list) => statusOf(list.at(-1) ?? null)), run?.id, attempts.length]);
    if (says === this.#says) return;
    this.#says = says;
    this.#samples.hidden = this.#answers.length < 2;
    if (!this.#samples.hidden) this.#drawSamples();
    this.#attempts.hidden = attempts.length < 2;
    if (run && !this.#attempts.hidden) this.#drawAttempts(run, attempts);
  }

  #drawSamples() {
    const place = [...this.#samples.children].indexOf(/** @type {Element} */ (document.activeElement));
    const buttons = this.#answers.map((list, index) => {
      const { tone, text } = statusOf(list.at(-1) ?? null);
      const pressed = String(index === this.#sample);
      const name = t("Sample {n}: {status}", { n: index + 1, status: text });
      const button = el("button", { type: "button", class: "small", "aria-pressed": pressed, "data-tone": tone, title: name, "aria-label": name }, el("span", { class: "dot", "aria-hidden": "true" }), String(index + 1));
      button.addEventListener("click", () => this.#choose(index, null));
      return button;
    });
    this.#samples.replaceChildren(...buttons);
    buttons[place]?.focus();
  }

  #drawAttempts(/** @type {Run} */ run, /** @type {Run[]} */ attempts) {
    const at = attempts.indexOf(run);
    const step = (/** @type {number} */ by, /** @type {string} */ label, /** @type {string} */ sign) => {
      const to = attempts[at + by];
      const button = el("button", { type: "button", class: `small ghost square ${sign}`, "aria-label": label, title: label, "aria-disabled": to ? null : "true" }, icon("chevron"));
      button.addEventListener("click", () => to && this.#choose(this.#sample, to === attempts.at(-1) ? null : to.attempt, sign));
      return button;
    };
    const words = el("span", {}, t("attempt {k} of {n}", { k: at + 1, n: attempts.length }));
    this.#attempts.replaceChildren(step(-1, t("Earlier attempt"), "back"), words, step(1, t("Later attempt"), "on"));
  }

  #choose(/** @type {number} */ sample, /** @type {number | null} */ attempt, /** @type {string | null} */ refocus = null) {
    this.#sample = sample;
    this.#attempt = attempt;
    this.#options.changed();
    if (refocus) /** @type {HTMLElement | null} */ (this.#attempts.querySelector(`.${refocus}`))?.focus();
  }

  setView(/** @type {"rendered" | "source"} */ view) {
    this.#options = { ...this.#options, view };
    for (const each of this.#views.values()) each.setView(view);
  }

  setVisible(/** @type {boolean} */ visible) {
    this.#visible = visible;
    this.view?.setVisible(visible);
  }

  get running() {
    return this.#answers.flat().filter((run) => !FINAL.has(run.status));
  }

  get live() {
    return this.running.length > 0;
  }

  close() {
    for (const view of this.#views.values()) view.close();
    this.root.remove();
  }
}

/** What the user said in this turn: the text of its last user message. */
function askedText(/** @type {Turn} */ turn) {
  const message = turn.messages.findLast(({ role }) => role === "user");
  if (!message) return "";
  if (typeof message.content === "string") return message.content;
  return message.content.filter((block) => !isFile(block)).map(({ kind, text }) => (kind === "text" ? (text ?? "") : `[${kind}]`)).join("\n");
}
