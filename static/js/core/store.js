/**
 * The comparison as this page knows it: a snapshot, then events. Says after each step which runs changed and which
 * text was added to them, so that nothing is drawn twice. No DOM, no socket.
 */

import { FINAL, RUN_TYPES, foldRun, newRun, textOf } from "./fold.js";
import { Pace } from "./pace.js";
import { endings } from "./progress.js";
import { spent } from "./spent.js";

/** @typedef {import("./types").Run} Run */
/** @typedef {import("./types").RunEvent} RunEvent */

const byOrder = (/** @type {Run} */ a, /** @type {Run} */ b) => a.sample - b.sample || a.attempt - b.attempt;

/** What one step changed. `deltas`: run id -> block index -> added text. `structure`: which columns, turns or runs there are. */
export class Changes {
  structure = false;
  /** @type {Set<string>} */
  runs = new Set();
  /** @type {Map<string, Map<number, string>>} */
  deltas = new Map();

  /** @type {(run: string, index: number, text: string) => void} */
  added(run, index, text) {
    const blocks = this.deltas.get(run) ?? new Map();
    this.deltas.set(run, blocks);
    blocks.set(index, (blocks.get(index) ?? "") + text);
  }
}

export class Store {
  /** @type {Map<string, Run>} */
  #runs = new Map();
  /** @type {Map<string, Pace>} */
  #paces = new Map();
  #now;
  /** @type {import("./types").Comparison} */
  comparison = { id: null, title: "", tags: [], seq: null, columns: [], turns: [] };

  constructor({ now = () => performance.now() } = {}) {
    this.#now = now;
  }

  /** A snapshot replaces everything. */
  load(/** @type {import("./types").State} */ state) {
    const { runs = [], ...comparison } = state;
    this.comparison = comparison;
    const now = this.#now();
    this.#runs = new Map(runs.map((run) => [run.id, run]));
    this.#paces = new Map([...this.#runs].map(([id, run]) => [id, this.measured ? Pace.of(run, now) : new Pace(false)]));
    const changes = new Changes();
    changes.structure = true;
    for (const id of this.#runs.keys()) changes.runs.add(id);
    return changes;
  }

  /** Applies the events of one frame. */
  apply(/** @type {RunEvent[]} */ events, /** @type {string | null} */ seq = null) {
    const changes = new Changes();
    for (const event of events) this.#step(event, changes);
    if (seq !== null) this.comparison.seq = seq;
    return changes;
  }

  /** No more events will come: runs that were still running must not look as if they went on. */
  leave() {
    const changes = new Changes();
    for (const run of this.runs.filter(({ status }) => !FINAL.has(status))) {
      Object.assign(run, { status: "left", waiting: null });
      changes.runs.add(run.id);
    }
    return changes;
  }

  /** Whether it is seen through a share link, not by its owner. */
  get shared() {
    return Boolean(this.comparison.shared);
  }

  get columns() {
    return this.comparison.columns;
  }

  get turns() {
    return this.comparison.turns;
  }

  run(/** @type {string} */ id) {
    return this.#runs.get(id) ?? null;
  }

  pace(/** @type {string} */ id) {
    return this.#paces.get(id) ?? new Pace(this.measured);
  }

  get runs() {
    return [...this.#runs.values()];
  }

  /** The answers of a column in a turn: one list a sample, each with its attempts, oldest first. */
  answers(/** @type {string} */ column, /** @type {string} */ turn) {
    /** @type {Map<number, Run[]>} */
    const samples = new Map();
    const runs = this.runs.filter((run) => run.column === column && run.turn === turn).sort(byOrder);
    for (const run of runs) samples.set(run.sample, [...(samples.get(run.sample) ?? []), run]);
    return [...samples.values()];
  }

  /** The runs that progress and winners are about: newest attempts, of the newest turn and of others that still run. */
  get current() {
    const newest = new Map();
    for (const run of this.runs) {
      const key = `${run.column} ${run.turn} ${run.sample}`;
      if ((newest.get(key)?.attempt ?? -1) < run.attempt) newest.set(key, run);
    }
    const last = this.turns.at(-1)?.id;
    return [...newest.values()].filter((run) => run.turn === last || !FINAL.has(run.status));
  }

  /** Counts for the header, the toolbar and the composer. `finished`: all that have ended, however they did. */
  get progress() {
    const runs = this.current;
    const finished = runs.filter((run) => FINAL.has(run.status)).length;
    const running = runs.length - finished;
    const canFollowUp = running === 0 && runs.some((run) => textOf(run, "text") !== "");
    return { running, finished, total: runs.length, ...endings(runs), canFollowUp };
  }

  /** Whether times and costs are shown: a link may leave them out. */
  get measured() {
    return this.comparison.shared?.parts.includes("metrics") ?? true;
  }

  /** What all of it has cost, in words. */
  get spent() {
    return this.measured ? spent(this.runs) : "";
  }

  /** @type {(event: RunEvent, changes: Changes) => void} */
  #step(event, changes) {
    if (RUN_TYPES.has(event.type)) this.#runStep(event, changes);
    else if (event.type === "turn.added") this.#addTurn(event.turn, changes);
    else if (event.type === "comparison.updated") this.#update(event, changes);
  }

  /** @type {(event: RunEvent, changes: Changes) => void} */
  #runStep(event, changes) {
    const known = this.#runs.get(event.run);
    if (!known) this.#paces.set(event.run, new Pace(this.measured));
    const ended = known && FINAL.has(known.status);
    if (event.type === "run.queued") {
      this.#paces.set(event.run, new Pace(this.measured));
      changes.deltas.delete(event.run);
      changes.structure = true;
    }
    const labels = event.type === "run.queued" ? this.#labels(known, event.column) : {};
    this.#runs.set(event.run, Object.assign(this.#told(foldRun(known ?? newRun(event), event)), labels));
    changes.runs.add(event.run);
    if (ended && event.type !== "run.queued") return;
    this.pace(event.run).note(event, this.#now());
    if (event.type === "run.delta") changes.added(event.run, event.index, event.text);
  }

  /** Through a link without metrics all events come with time 0, which must not be shown as a measurement. */
  #told(/** @type {Run} */ run) {
    return this.measured ? run : Object.assign(run, { trace: [], timings: newRun({}).timings });
  }

  /** A new run begins with the labels of its column, as its row does; one that starts afresh keeps its own. */
  #labels(/** @type {Run | undefined} */ known, /** @type {string} */ id) {
    if (known) return { tags: known.tags, labels: known.labels };
    const { tags = [], metadata = {} } = this.columns.find((column) => column.id === id) ?? {};
    return { tags, labels: metadata };
  }

  /** @type {(turn: import("./types").Turn, changes: Changes) => void} */
  #addTurn(turn, changes) {
    const turns = this.turns.filter((each) => each.id !== turn.id);
    this.comparison.turns = [...turns, turn].sort((a, b) => (a.position ?? 0) - (b.position ?? 0));
    changes.structure = true;
  }

  /** @type {(event: RunEvent, changes: Changes) => void} */
  #update({ title, tags, columns }, changes) {
    if (title != null) this.comparison.title = title;
    if (tags != null) this.comparison.tags = tags;
    if (columns != null) this.comparison.columns = columns;
    changes.structure = true;
  }
}

/** A run object as the API shows it: the derived fields follow the content, however the run came to us. */
export function inspected(/** @type {Run} */ run) {
  const { trace = [], ...rest } = run;
  const calls = run.content.filter((block) => block.kind === "tool_call");
  const tool_calls = calls.map(({ id, name, text }) => ({ id, name, arguments: text ?? "" }));
  const citations = run.content.filter((block) => block.kind === "citation").map((block) => block.data);
  const reasoning = textOf(run, "reasoning") || null;
  return { ...rest, text: textOf(run, "text"), reasoning, tool_calls, citations, refusal: textOf(run, "refusal") || null, trace };
}
