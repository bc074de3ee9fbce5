/** The columns of the grid on the page: which there are, their layout, the wide one and the one in view. */

import { t } from "../core/i18n.js";
import { el, need } from "./dom.js";
import { loadPrefs, savePrefs } from "./grid-prefs.js";
import { ReadingPlaces } from "./reading-place.js";
import { SyncScroll } from "./sync-scroll.js";

/** @typedef {import("./ts-column.js").TsColumn} TsColumn */
/** @typedef {import("../core/types").Column} Column */
/** @typedef {import("../core/store.js").Store} Store */
/** @typedef {import("./ts-toolbar.js").Prefs} Prefs */

/** @type {Record<string, () => string>} */
const WIN_WORDS = {
  total: () => t("fastest"),
  cost: () => t("cheapest"),
  ttft: () => t("first token"),
  speed: () => t("most tokens/s"),
};

export class GridView {
  #prefs = loadPrefs();
  /** @type {TsColumn[]} */
  #columns = [];
  /** @type {Store | null} */
  #store = null;
  #wide = 0;
  #root;
  #list;
  #bar;
  #race;
  #tabs;
  #sync;
  #places = new ReadingPlaces();
  /** @type {WeakMap<Element, boolean>} */
  #intersecting = new WeakMap();
  #narrow = window.matchMedia("(max-width: 760px)");
  #inView = new IntersectionObserver((entries) => this.#seen(entries), { threshold: [0, 0.6] });
  #resized = new ResizeObserver(() => this.#markTab());

  constructor(/** @type {HTMLElement} */ root) {
    this.#root = root;
    this.#list = need(root, ".columns");
    this.#bar = /** @type {import("./ts-toolbar.js").TsToolbar} */ (need(root, "ts-toolbar"));
    this.#race = /** @type {import("./ts-race.js").TsRace} */ (need(root, "ts-race"));
    this.#tabs = /** @type {import("./ts-tabs.js").TsTabs} */ (need(root, "ts-tabs"));
    this.#sync = new SyncScroll(this.#list, () => this.#columns.map(({ parts }) => parts.body));
    this.#list.addEventListener("click", (event) => this.#pick(event));
    this.#narrow.addEventListener("change", () => this.#apply());
    this.#resized.observe(this.#list);
    this.#apply();
  }

  /** A phone shows one column at a time, whatever was chosen elsewhere. */
  get #layout() {
    return this.#narrow.matches ? "columns" : this.#prefs.layout;
  }

  /** Makes the columns fit the list; a column that stays keeps its element, its scroll position and its open panels. */
  place(/** @type {Column[]} */ columns, /** @type {Store | null} */ store, /** @type {any} */ common, /** @type {boolean} */ writable) {
    this.#store = store;
    const kept = new Map(this.#columns.map((element) => [element.column.id, element]));
    this.#columns = columns.map((column, index) => {
      const element = kept.get(column.id) ?? /** @type {TsColumn} */ (document.createElement("ts-column"));
      element.setView(this.#prefs.view);
      element.place({ column, index, store, common, writable });
      return element;
    });
    const items = this.#columns.map((element) => element.parentElement ?? el("li", { class: "cell" }, element));
    if (items.length !== this.#list.children.length || items.some((item, index) => this.#list.children[index] !== item)) {
      this.#list.replaceChildren(...items);
      this.#inView.disconnect();
      for (const element of this.#columns) this.#inView.observe(element);
      this.#tabs.place(this.#columns);
    }
    this.#root.toggleAttribute("data-empty", columns.length === 0);
    this.#bar.drafting(store === null);
    this.#bar.measured(store?.measured ?? true);
    this.#wide = Math.min(this.#wide, Math.max(0, columns.length - 1));
    this.#markWide();
  }

  show(/** @type {Map<string, Map<number, string>>} */ deltas, /** @type {Store | null} */ store, /** @type {(column: TsColumn) => boolean} */ touched = () => true) {
    const now = performance.now();
    this.#store = store;
    for (const column of this.#columns) if (touched(column)) column.show(deltas, now);
    if (store === null) this.tick();
  }

  tick() {
    const now = performance.now();
    for (const column of this.#columns) if (column.run) column.showTime(now);
    this.#drawRace(now);
    this.#tabs.show(this.#columns, (column) => (column.run && this.#store ? this.#store.pace(column.run.id) : null));
  }

  /** @type {(progress: import("./ts-toolbar.js").Counts, best: Record<string, string | null>, stopHere: boolean) => void} */
  showTotals(progress, best, stopHere) {
    this.#bar.progress(progress, stopHere);
    for (const column of this.#columns) {
      const won = Object.keys(WIN_WORDS).filter((name) => best[name] && best[name] === column.run?.id);
      column.setBest(new Set(won), won.map((name) => WIN_WORDS[name]()));
    }
    if (progress.running === 0) this.tick();
  }

  #drawRace(/** @type {number} */ now) {
    const lanes = this.#columns.map((column) => ({
      letter: column.letter,
      run: column.run,
      elapsed: column.run && this.#store ? this.#store.pace(column.run.id).elapsed(now) : 0,
    }));
    this.#race.hidden = !this.#prefs.race || this.#store?.measured === false || lanes.every(({ run }) => run === null);
    this.#race.show(lanes);
  }

  /** Sets a preference, as the toolbar or a key asks for it; null toggles a switch. */
  choose(/** @type {string} */ name, /** @type {string | null} */ value) {
    const before = /** @type {any} */ (this.#prefs)[name];
    this.#prefs = /** @type {Prefs} */ ({ ...this.#prefs, [name]: value ?? !before });
    savePrefs(this.#prefs);
    const putBack = this.#places.keep(this.#columns.map(({ parts }) => parts.body));
    this.#apply();
    putBack();
    this.tick();
  }

  #apply() {
    const { sync, view } = this.#prefs;
    this.#bar.show(this.#prefs);
    this.#sync.on = sync;
    this.#list.dataset.layout = this.#layout;
    for (const column of this.#columns) column.setView(view);
    this.#markWide();
  }

  toggleFocus() {
    const focused = this.focused;
    if (this.#layout === "focus") return this.choose("layout", "columns");
    return focused ? this.widen(focused) : this.choose("layout", "focus");
  }

  widen(/** @type {TsColumn} */ column) {
    this.#wide = this.#columns.indexOf(column);
    this.choose("layout", "focus");
    column.parts.body.focus({ preventScroll: true });
  }

  #markWide() {
    const focus = this.#layout === "focus";
    for (const [index, column] of this.#columns.entries()) {
      column.parentElement?.toggleAttribute("data-wide", focus && index === this.#wide);
      column.setVisible(focus ? index === this.#wide : (this.#intersecting.get(column) ?? true));
    }
  }

  /** In the strip a click anywhere on a card makes it the wide one; its button does the same for the keyboard. */
  #pick(/** @type {Event} */ event) {
    const target = /** @type {Element} */ (event.target);
    if (this.#layout !== "focus" || target.closest("button, a, [data-wide]")) return;
    const column = /** @type {TsColumn | null} */ (target.closest("ts-column"));
    if (column) this.widen(column);
  }

  /** The column that has the focus. */
  get focused() {
    return this.#columns.find((column) => column.contains(document.activeElement)) ?? null;
  }

  goTo(/** @type {number} */ place) {
    const column = this.#columns[place];
    if (!column) return;
    if (this.#layout === "focus") return void this.widen(column);
    column.parts.body.focus({ preventScroll: true });
    const left = column.getBoundingClientRect().left - this.#list.getBoundingClientRect().left;
    // Not scrollBy: on a phone that stops at each column on its way.
    this.#list.scrollTo({ left: this.#list.scrollLeft + left, behavior: calm() ? "auto" : "smooth" });
  }

  move(/** @type {number} */ step) {
    const from = this.focused;
    if (from) this.goTo(this.#columns.indexOf(from) + step);
  }

  /** Columns out of view are drawn less often; the tab of the one in view is marked. */
  #seen(/** @type {IntersectionObserverEntry[]} */ entries) {
    for (const { target, isIntersecting } of entries) {
      const column = /** @type {TsColumn} */ (target);
      this.#intersecting.set(column, isIntersecting);
      if (this.#layout !== "focus") column.setVisible(isIntersecting);
    }
    this.#markTab();
  }

  /** Measures where the columns are now: after a rotation of the phone, what the observer said may be out of date. */
  #markTab() {
    if (!this.#narrow.matches) return;
    const { left } = this.#list.getBoundingClientRect();
    const away = this.#columns.map((column) => Math.abs(column.getBoundingClientRect().left - left));
    this.#tabs.mark(away.indexOf(Math.min(...away)));
  }
}

const calm = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;
