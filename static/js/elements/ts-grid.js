/**
 * <ts-grid>: all columns of a comparison, live. Holds the comparison and passes changes on to the columns, which draw
 * them. Listens for `ts:opened` and `ts:draft` from the composer; dispatches `ts:state` and `ts:connection`.
 */

import { t } from "../core/i18n.js";
import { Changes } from "../core/store.js";
import { winners } from "../core/winners.js";
import { ApiError, labelRun, models } from "../io/api.js";
import { Announcer } from "./announcer.js";
import { ColumnMenu } from "./column-menu.js";
import { ConnectionNote } from "./connection-note.js";
import { need, tell } from "./dom.js";
import { GridActions, Progress } from "./grid-actions.js";
import { GridView } from "./grid-view.js";
import { LiveComparison } from "./live-comparison.js";
import { keyListener } from "./shortcuts.js";
import { withdraw } from "./withdraw.js";

/** @typedef {import("./ts-column.js").TsColumn} TsColumn */
/** @typedef {import("../core/types").Column} Column */
/** @typedef {import("../core/types").State} State */

const TICK_MS = 250;
/** States of the connection that end a share link: what it showed is taken off the page. */
const WITHDRAWN = new Set(["revoked", "not-found", "deleted"]);

export class TsGrid extends HTMLElement {
  /** @type {LiveComparison | null} */
  #live = null;
  /** @type {Column[]} the columns of the composer's draft, with facts about each model */
  #draft = [];
  #progress = new Progress();
  #menu = new ColumnMenu();
  #labels = /** @type {import("./ts-labels.js").TsLabels} */ (document.createElement("ts-labels"));
  /** What `ts:state` said last, so that it is only said when it changes. */
  #lastState = "";
  /** @type {ConnectionNote | null} */
  #note = null;
  /** @type {number | null} */
  #clock = null;
  /** @type {GridView | null} */
  #view = null;
  /** @type {GridActions | null} */
  #actions = null;
  /** @type {Announcer | null} */
  #announcer = null;
  #keys = keyListener({
    focused: () => this.#grid.focused,
    goTo: (place) => this.#grid.goTo(place),
    move: (step) => this.#grid.move(step),
    stop: (column) => column.live && this.#writable && column.stop(),
    stopAll: () => this.#stopAll(),
    rerun: (column) => !column.live && this.#writable && column.ask("ts-rerun"),
    toggle: (name) => (name === "sync" ? this.#grid.choose("sync", null) : this.#grid.toggleFocus()),
  });

  connectedCallback() {
    if (!this.#view) this.#build();
    this.#announcer?.start();
    document.addEventListener("ts:opened", this.#opened);
    document.addEventListener("ts:draft", this.#drafted);
    document.addEventListener("keydown", this.#keys);
    const source = document.getElementById("ts-state");
    const path = document.body.dataset.wsPath;
    if (path && source && !this.#live) this.#open(path, JSON.parse(source.textContent ?? "null"));
    else this.#live?.start();
  }

  disconnectedCallback() {
    this.#live?.stop();
    this.#announcer?.stop();
    this.#runClock(false);
    document.removeEventListener("ts:opened", this.#opened);
    document.removeEventListener("ts:draft", this.#drafted);
    document.removeEventListener("keydown", this.#keys);
  }

  get #grid() {
    return /** @type {GridView} */ (this.#view);
  }

  get #writable() {
    return this.dataset.writable !== "false";
  }

  #build() {
    this.#view = new GridView(this);
    this.#announcer = new Announcer(need(this, "[data-status]"));
    const json = /** @type {import("./ts-json-view.js").TsJsonView} */ (document.createElement("ts-json-view"));
    this.append(json, document.createElement("ts-code"), this.#labels, this.#menu.root);
    this.#actions = new GridActions(need(this, "[data-problem]"), json);
    const actions = this.#actions;
    /** @type {Record<string, (event: CustomEvent) => void>} */
    const wishes = {
      "ts-cancel": ({ detail }) => actions.cancel(detail.runs),
      "ts-rerun": ({ detail }) => this.#writable && actions.rerun(detail.run),
      "ts-inspect": ({ detail, target }) => this.#live && actions.inspect(this.#live.store, detail.run, columnOf(target).letter),
      "ts-code": ({ detail, target }) => actions.code(detail.run, columnOf(target).letter),
      "ts-label": ({ detail, target }) => this.#label(detail.run, columnOf(target).letter),
      "ts-menu": ({ detail, target }) => this.#menu.open(columnOf(target), detail.button, this.#writable),
      "ts-widen": ({ target }) => this.#grid.widen(columnOf(target)),
      "ts-stop-all": () => this.#stopAll(),
      "ts-view": ({ detail }) => this.#grid.choose(detail.name, detail.value),
      "ts-go": ({ detail }) => this.#grid.goTo(detail.place),
    };
    for (const [type, act] of Object.entries(wishes)) this.addEventListener(type, (event) => act(/** @type {CustomEvent} */ (event)));
  }

  async #label(/** @type {string} */ id, /** @type {string} */ letter) {
    const run = this.#live?.store.run(id);
    const saved = run ? await this.#labels.edit(t("Tags and metadata of {letter}", { letter }), run, (asked) => relabelled(id, asked)) : null;
    // A snapshot may have replaced it meanwhile.
    const known = this.#live?.store.run(id);
    if (!saved || !known) return;
    Object.assign(known, saved);
    const changes = new Changes();
    changes.runs.add(id);
    this.#changed(changes);
  }

  #stopAll() {
    if (this.#live && this.#writable) this.#actions?.cancelAll(this.#live.store);
  }

  #opened = (/** @type {Event} */ event) => {
    const { ws_url: address, state } = /** @type {CustomEvent} */ (event).detail;
    this.#open(address, state);
  };

  #open(/** @type {string} */ address, /** @type {State | null} */ state) {
    this.#live?.stop();
    this.#progress = new Progress();
    this.#lastState = "";
    this.#live = new LiveComparison(address, state, {
      changed: (changes) => this.#changed(changes),
      connection: (what) => this.#connection(what),
    });
    if (state) this.#placeAll();
    this.#live.start();
    if (this.#draft.length === 0) this.#loadFacts();
  }

  /** A page that opens on a stored comparison knows no facts about its models yet. Guests may not ask for them. */
  async #loadFacts() {
    if (this.dataset.guest === "true") return;
    try {
      const known = await models();
      this.#draft = known.map((/** @type {any} */ { id, ...facts }) => ({ id, label: "", model: id, ...pick(facts) }));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
    if (this.#live && this.#draft.length > 0) this.#placeAll();
  }

  #drafted = (/** @type {Event} */ event) => {
    this.#draft = /** @type {CustomEvent} */ (event).detail.columns;
    if (this.#live) return;
    this.#grid.place(this.#draft.map((column, index) => ({ ...column, id: column.id ?? `draft-${index}` })), null, {}, this.#writable);
    this.#grid.show(new Map(), null);
  };

  #changed(/** @type {import("../core/store.js").Changes} */ changes) {
    if (changes.structure) return this.#placeAll(changes.deltas);
    const touched = new Set([...changes.runs].map((id) => this.#live?.store.run(id)?.column));
    this.#grid.show(changes.deltas, this.#live?.store ?? null, (column) => touched.has(column.column.id));
    return this.#showTotals();
  }

  #placeAll(/** @type {Map<string, Map<number, string>>} */ deltas = new Map()) {
    const store = /** @type {LiveComparison} */ (this.#live).store;
    this.#grid.place(store.columns.map((column) => this.#withFacts(column)), store, store.comparison.settings ?? {}, this.#writable);
    this.#grid.show(deltas, store);
    this.#showTotals();
  }

  /** A column with the facts about its model: provider, capabilities, context window. */
  #withFacts(/** @type {Column} */ column) {
    const { provider, capabilities, context_window } = this.#draft.find(({ model }) => model === column.model) ?? {};
    return { provider, capabilities, context_window, ...column };
  }

  /** What follows from all runs together: progress, costs, who is ahead. */
  #showTotals() {
    const { store } = /** @type {LiveComparison} */ (this.#live);
    const { progress } = store;
    this.#grid.showTotals({ ...progress, spent: store.spent }, winners(store.current), document.querySelector("ts-follow-up") === null);
    this.#progress.tell(store, (run) => store.columns.find(({ id }) => id === run.column)?.label ?? "");
    this.#runClock(progress.running > 0);
    const state = JSON.stringify([progress, store.turns.map(({ id }) => id)]);
    if (state === this.#lastState) return;
    this.#lastState = state;
    tell("ts:state", { ...progress, turns: store.turns });
  }

  /** One clock for all columns, only while something runs. */
  #runClock(/** @type {boolean} */ on) {
    if (on && this.#clock === null) this.#clock = window.setInterval(() => this.#grid.tick(), TICK_MS);
    if (on || this.#clock === null) return;
    clearInterval(this.#clock);
    this.#clock = null;
    this.#grid.tick();
  }

  #connection(/** @type {string} */ state) {
    this.#note ??= new ConnectionNote(need(this, "[data-connection]"));
    const guest = this.dataset.guest === "true";
    const over = this.#note.show(state, { owned: this.#writable, guest });
    this.dataset.connection = state;
    if (!over) return;
    if (this.#live?.store.shared && (guest || WITHDRAWN.has(state))) return withdraw();
    this.dataset.writable = "false";
    this.#live?.store.leave();
    this.#placeAll();
  }
}

/** @type {(id: string, asked: {tags: string[], metadata: Record<string, string>}) => Promise<{tags: string[], labels: Record<string, string>}>} */
async function relabelled(id, asked) {
  const { tags, labels } = await labelRun(id, asked);
  return { tags, labels };
}

function pick(/** @type {any} */ { capabilities, context_window, provider_label: provider }) {
  return { capabilities, context_window, provider };
}

function columnOf(/** @type {EventTarget | null} */ target) {
  return /** @type {TsColumn} */ (/** @type {Element} */ (target).closest("ts-column"));
}
