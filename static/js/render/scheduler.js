/**
 * One animation frame for all answers: those that are due write first, then one layout pass scrolls. An answer whose
 * own cost is high comes back less often, and a frame takes on no more than its budget of predicted work.
 */

import { recordPaint } from "./perf.js";

/**
 * @typedef {object} Task what a frame drives; an Answer is one
 * @property {() => void} flush writes the waiting text to the DOM
 * @property {boolean} visible
 * @property {boolean} urgent the text has ended: do not wait for the next block
 * @property {number} waiting characters not yet written
 * @property {boolean} blockReady a whole block is waiting
 * @property {number} since when the oldest waiting text came
 */
/** @typedef {(painted: Task[]) => void} Listener */
/** @typedef {{last: number, cost: number}} History when it was flushed and what that takes, in ms */

// All times are ms.
const GAP = 33; // between two flushes of an answer in view
const UNSEEN_GAP = 500; // of one out of view
const CALM_GAP = 3000; // of one whose next block is not whole, where the reader prefers reduced motion
const BUDGET = 8; // of work in one frame
const LOAD = 2.5; // an answer waits so many times what a round of all answers costs
const ACTIVE_FOR = 2000; // how long an answer counts as active after its last text
const CHARACTERS_PER_MS = 1500; // a first guess, for an answer that has no history
const EARLY = 4; // frames do not come exactly on time
const MANY = 4; // from so many active answers on, all are written in the same frames

class Scheduler {
  /** @type {Set<Task>} */
  #waiting = new Set();
  /** @type {WeakMap<Task, History>} */
  #history = new WeakMap();
  /** @type {Map<Task, number>} */
  #active = new Map();
  /** @type {(() => void)[]} */
  #jobs = [];
  /** @type {Set<Listener>} */
  #listeners = new Set();
  /** When answers were last written, unless that frame had to leave some for the next one. */
  #written = -Infinity;
  #requested = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #calm = globalThis.matchMedia?.("(prefers-reduced-motion: reduce)");
  /** @type {boolean | null} */
  #calmWish = null;

  constructor() {
    globalThis.document?.addEventListener("visibilitychange", () => this.#wake());
  }

  /** @param {boolean | null} wish whole blocks instead of growing text; `null`: as the system says */
  setCalm(wish) {
    this.#calmWish = wish;
  }

  /** @param {Task} task has something to write */
  request(task) {
    this.#waiting.add(task);
    this.#wake();
  }

  /** @param {Task} task will not be written any more */
  forget(task) {
    this.#waiting.delete(task);
    this.#active.delete(task);
  }

  /** @param {() => void} job small work for the time that a frame has left */
  later(job) {
    this.#jobs.push(job);
    this.#wake();
  }

  /**
   * @param {Listener} listener called in the layout pass: it may read layout and scroll, but not write text
   * @returns {() => void} stops it
   */
  onPainted(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #wake(delay = 0) {
    if (this.#requested || globalThis.document?.hidden) return;
    if (!this.#waiting.size && !this.#jobs.length) return;
    clearTimeout(this.#timer);
    if (delay > 2 * GAP) {
      this.#timer = setTimeout(() => this.#wake(), delay);
      return;
    }
    this.#requested = requestAnimationFrame((now) => {
      this.#requested = 0;
      this.#wake(this.#tick(now));
    });
  }

  /**
   * @param {number} now
   * @returns {number} ms until the next answer is due
   */
  #tick(now) {
    const columns = this.#countActive(now);
    // Every frame that paints anything costs the browser something: many answers take the same frames.
    const early = this.#written + GAP - EARLY - now;
    if (early > 0 && columns >= MANY && !this.#jobs.length) return early;
    this.#written = now;
    const painted = [];
    let predicted = 0;
    let wait = Infinity;
    for (const task of this.#waiting) {
      const { last, cost } = this.#historyOf(task);
      const due = last + this.#gap(task, cost * columns * LOAD, now - last) - EARLY - now;
      if (due > 0) {
        wait = Math.min(wait, due);
        continue;
      }
      const expected = cost + task.waiting / CHARACTERS_PER_MS;
      if (predicted > 0 && predicted + expected > BUDGET) {
        wait = 0;
        this.#written = -Infinity;
        break;
      }
      predicted += expected;
      this.#waiting.delete(task);
      this.#flush(task, now);
      painted.push(task);
    }
    this.#runJobs(BUDGET - predicted);
    this.#layout(painted);
    return this.#jobs.length ? 0 : wait;
  }

  /**
   * How many answers in view share the frames; those out of view are written so seldom that they take no share.
   * @param {number} now
   */
  #countActive(now) {
    for (const task of this.#waiting) this.#active.set(task, now);
    let seen = 0;
    for (const [task, last] of this.#active) {
      if (now - last > ACTIVE_FOR) this.#active.delete(task);
      else if (task.visible) seen += 1;
    }
    return Math.max(1, seen);
  }

  /**
   * @param {Task} task
   * @returns {History}
   */
  #historyOf(task) {
    let history = this.#history.get(task);
    if (!history) {
      history = { last: -Infinity, cost: 0 };
      this.#history.set(task, history);
    }
    return history;
  }

  /**
   * @param {Task} task
   * @param {number} fair the gap that leaves room for the others
   * @param {number} elapsed
   */
  #gap(task, fair, elapsed) {
    if (!task.visible) return UNSEEN_GAP;
    const calm = this.#calmWish ?? this.#calm?.matches ?? false;
    if (calm && !task.urgent && !task.blockReady && elapsed < Infinity) return CALM_GAP;
    return Math.max(calm ? UNSEEN_GAP : GAP, fair);
  }

  /**
   * @param {Task} task
   * @param {number} now
   */
  #flush(task, now) {
    const start = performance.now();
    const since = task.since;
    try {
      task.flush();
    } catch (error) {
      reportError(error); // one broken answer must not stop the others
    }
    const history = this.#historyOf(task);
    const spent = performance.now() - start;
    history.cost = Number.isFinite(history.last) ? history.cost * 0.7 + spent * 0.3 : spent;
    history.last = now;
    recordPaint(since, spent);
  }

  /** @param {number} left ms of the budget */
  #runJobs(left) {
    const start = performance.now();
    while (this.#jobs.length) {
      /** @type {() => void} */ (this.#jobs.shift())();
      if (performance.now() - start > left) return;
    }
  }

  /** @param {Task[]} painted */
  #layout(painted) {
    if (!painted.length) return;
    const start = performance.now();
    for (const listener of this.#listeners) listener(painted);
    const share = (performance.now() - start) / painted.length;
    for (const task of painted) this.#historyOf(task).cost += share * 0.3;
  }
}

/** The one instance; every answer of the page shares it. */
export const frame = new Scheduler();

/** @param {Listener} listener */
export function onPainted(listener) {
  return frame.onPainted(listener);
}
