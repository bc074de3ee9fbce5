/**
 * <ts-column>: one chat model and its answers. Draws what the store holds; what the reader asks for is dispatched as
 * `ts-cancel` {runs}, `ts-rerun`, `ts-inspect`, `ts-code`, `ts-label` {run}, `ts-menu` {button} and `ts-widen`.
 */

import { FINAL } from "../core/fold.js";
import { hueOf, letterOf } from "../core/letters.js";
import { t } from "../core/i18n.js";
import { figures } from "../core/metrics.js";
import { statusOf } from "../core/status.js";
import { copyText } from "./clipboard.js";
import { ColumnFollow } from "./column-follow.js";
import { badges, chips, names, reportNote, winParts } from "./column-parts.js";
import { tell } from "./dom.js";
import { buildColumn } from "./column-frame.js";
import { refreshRoving } from "./roving.js";
import { reveal } from "./reveal.js";
import { TurnView } from "./turn-view.js";

/** @typedef {import("../core/types").Column} Column */
/** @typedef {import("../core/store.js").Store} Store */
/** @typedef {Map<string, Map<number, string>>} Deltas */

const NOTHING = new Map();
/** The shortest time between two updates of the figures: those that change at every frame cannot be read. */
const CALM_MS = 200;

export class TsColumn extends HTMLElement {
  parts = buildColumn(this);
  /** @type {TurnView[]} */
  #turns = [];
  /** @type {Store | null} */
  #store = null;
  /** @type {Column} */
  column = { id: "", label: "", model: "" };
  /** @type {"rendered" | "source"} */
  #view = "rendered";
  #writable = true;
  #index = 0;
  #visible = true;
  #described = "";
  #following = new ColumnFollow(this.parts);
  /** @type {TurnView | undefined} */
  #newest;
  /** Ends the scrolling that brings a new turn into view. */
  #unreveal = () => {};
  #ticked = { key: "", at: 0 };
  /** @type {ReadonlySet<string>} */
  #best = new Set();

  connectedCallback() {
    if (this.firstChild) return;
    this.classList.add("column");
    this.setAttribute("role", "article");
    this.setAttribute("aria-labelledby", this.parts.id);
    this.append(...this.parts.rows);
  }

  /** Which column this is, and for a comparison its store; called again whenever columns, turns or runs changed. */
  place(/** @type {{column: Column, index: number, store: Store | null, common?: any, writable?: boolean}} */ { column, index, store, common = {}, writable = true }) {
    // Buttons that appear or go and another model's name are drawn at once, whatever CALM_MS says.
    if (writable !== this.#writable || column.model !== this.column.model) this.#ticked = { key: "", at: 0 };
    this.column = column;
    this.#store = store;
    this.#writable = writable;
    this.#index = index;
    const letter = column.label || letterOf(index);
    this.classList.remove(...[...this.classList].filter((name) => name.startsWith("hue-")));
    this.classList.add(hueOf(index));
    this.parts.badge.textContent = letter;
    this.parts.letter.textContent = `${letter}: `;
    this.parts.more.setAttribute("aria-label", t("More actions for {letter}", { letter }));
    this.parts.badges.replaceChildren(...badges(column, common));
    this.parts.chips.replaceChildren(...chips(column));
    this.#placeTurns();
  }

  #placeTurns() {
    const store = this.#store;
    const turns = store?.turns ?? [];
    const kept = new Map(this.#turns.map((view) => [view.turn.id, view]));
    this.#turns = turns.map((turn, place) => {
      const view = kept.get(turn.id) ?? new TurnView(turn, place, { view: this.#view, changed: () => this.show() });
      kept.delete(turn.id);
      view.place(store?.answers(this.column.id, turn.id) ?? [], turns.length > 1);
      view.setVisible(this.#visible);
      return view;
    });
    for (const view of kept.values()) view.close();
    const newest = this.#turns.at(-1);
    const isNew = newest !== undefined && turns.length > 1 && newest !== this.#newest;
    this.#newest = newest;
    const roots = this.#turns.map((view) => view.root);
    if (roots.some((root, place) => this.parts.turns.children[place] !== root)) this.parts.turns.append(...roots);
    this.parts.empty.hidden = turns.length > 0;
    if (isNew && newest && !newest.live) this.#unreveal = reveal(this.parts.body, this.parts.turns, newest.root);
  }

  /** The run that header and figures are about: that of the newest turn which has one. */
  get run() {
    return this.#turns.findLast((turn) => turn.run)?.run ?? null;
  }

  /** Where the column stands in the draft, or null once it was asked. */
  get draft() {
    return this.#store ? null : this.#index;
  }

  get letter() {
    return this.parts.badge.textContent ?? "";
  }

  /** Every answer that still runs: all samples, not only the one that is shown. */
  get running() {
    return this.#turns.flatMap((turn) => turn.running);
  }

  get live() {
    return this.running.length > 0;
  }

  /** Draws the answers, with the text that was added since the last call. */
  show(/** @type {Deltas} */ deltas = NOTHING, now = performance.now()) {
    if (this.#store) for (const turn of this.#turns) turn.show(this.#store, now, deltas);
    this.#follow();
    const key = `${this.run?.id} ${this.run?.status} ${this.run?.content.length}`;
    if (key === this.#ticked.key && now - this.#ticked.at < CALM_MS) return;
    this.#ticked = { key, at: now };
    this.tick(now);
  }

  /** Redraws what changes by time alone: the figures, and the seconds of reasoning that still streams. */
  showTime(/** @type {number} */ now) {
    if (this.live) this.show(NOTHING, now);
    else this.tick(now);
  }

  /** Draws state, figures and counters. */
  tick(now = performance.now()) {
    const run = this.run;
    const pace = run && this.#store ? this.#store.pace(run.id) : null;
    const live = run !== null && !FINAL.has(run.status);
    const most = this.column.params?.max_retries ?? this.#store?.comparison.settings?.params?.max_retries;
    this.parts.status.show(statusOf(run, { ...pace?.at(now), maxRetries: most, provider: names(this.column, run).provider }));
    this.parts.metrics.show(figures(run, pace ?? /** @type {any} */ ({}), now), this.#best);
    this.#offerStop();
    this.parts.body.setAttribute("aria-busy", String(live));
    this.toggleAttribute("data-live", live);
    this.#describe(live);
  }

  #offerStop() {
    const { length } = this.running;
    const { letter, parts } = this;
    parts.stop.hidden = length === 0 || !this.#writable;
    parts.stopWord.textContent = length > 1 ? t("Stop all {n}", { n: length }) : t("Stop");
    parts.stop.setAttribute("aria-label", length > 1 ? t("Stop all {n} samples of {letter}", { letter, n: length }) : t("Stop {letter}", { letter }));
  }

  /** Draws what changes rarely, names and buttons, and only if it has changed. */
  #describe(/** @type {boolean} */ live) {
    const run = this.run;
    const { name, provider, answered, imported } = names(this.column, run);
    const note = reportNote(run);
    const key = JSON.stringify([name, provider, answered, imported, note, live, run?.id, this.#writable, this.source !== ""]);
    if (key === this.#described) return;
    this.#described = key;
    const { parts } = this;
    parts.name.textContent = name;
    parts.name.title = this.column.model;
    parts.provider.textContent = [provider, answered, imported].filter(Boolean).join(" · ");
    const whence = imported ? t("Imported: this answer was not asked for here.") : "";
    parts.provider.title = answered && !imported ? t("answered by {model}", { model: answered }) : whence;
    parts.note.hidden = note === "";
    parts.note.title = note;
    parts.rerun.hidden = !run || live || !this.#writable;
    parts.json.hidden = !run;
    parts.copy.hidden = this.source === "";
    refreshRoving(parts.footer);
  }

  #follow() {
    const answer = this.live ? (this.#turns.findLast((turn) => turn.run)?.view?.tail ?? null) : null;
    this.#following.show(answer, this.live, () => this.#unreveal());
  }

  toggleFollow() {
    this.#following.toggle();
    this.#follow();
  }

  setBest(/** @type {ReadonlySet<string>} */ best, /** @type {string[]} */ words) {
    this.#best = best;
    const text = words.join(" · ");
    if (this.parts.win.title === text) return;
    this.parts.win.hidden = text === "";
    this.parts.win.title = text;
    this.parts.win.replaceChildren(...winParts(words));
  }

  setView(/** @type {"rendered" | "source"} */ view) {
    this.#view = view;
    for (const turn of this.#turns) turn.setView(view);
  }

  setVisible(/** @type {boolean} */ visible) {
    if (visible === this.#visible) return;
    this.#visible = visible;
    for (const turn of this.#turns) turn.setVisible(visible);
  }

  get source() {
    return this.#turns.findLast((turn) => turn.run)?.view?.source ?? "";
  }

  async copy() {
    if (this.source === "") return;
    await copyText(this.source, t("Answer of {letter} copied.", { letter: this.letter }));
  }

  toggleReasoning() {
    for (const turn of this.#turns) turn.view?.toggleReasoning();
  }

  /** Dispatches what the reader wants done with the run that is shown. */
  ask(/** @type {"ts-rerun" | "ts-inspect" | "ts-code" | "ts-label"} */ what) {
    if (this.run) tell(what, { run: this.run.id }, this);
  }

  /** Asks to stop everything that runs in this column. */
  stop() {
    tell("ts-cancel", { runs: this.running.map(({ id }) => id) }, this);
  }

  disconnectedCallback() {
    this.#following.stop();
  }
}
