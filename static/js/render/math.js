/**
 * Typesetting with Temml, fetched when the first formula comes. Until it is there, and when there is more than one
 * slice of work, a formula shows its TeX; the rest is set in later frames.
 */

import { frame } from "./scheduler.js";
import { formulaElement } from "./mathml.js";
import { track } from "./pending.js";

/** @typedef {{element: Element, tex: string, display: boolean}} Formula */
/** @typedef {typeof import("temml")["default"]} Temml */

const MAX_TEX = 5000;
const SLICE = 5; // ms of typesetting in one go
const MAX_CACHED = 400;
const OPTIONS = { throwOnError: false, trust: false, maxExpand: 200, maxSize: /** @type {[number, number]} */ ([20, 200]) };

/** @type {Temml | null} */
let temml = null;
/** @type {Promise<void> | null} */
let loading = null;
/** @type {Formula[]} */
let queue = [];
/** @type {Map<string, Element | null>} */
const cache = new Map();
let sliceStart = 0;
let spent = 0;

/**
 * @param {Element} element shows the TeX at once, the formula as soon as possible
 * @param {string} tex
 * @param {boolean} display
 */
export function typeset(element, tex, display) {
  element.textContent = tex;
  if (tex.length > MAX_TEX) return;
  const formula = { element, tex, display };
  if (temml && (cache.has(key(formula)) || hasTime())) {
    write(formula, temml);
    return;
  }
  queue.push(formula);
  if (queue.length === 1) track(work());
}

async function work() {
  await load();
  while (queue.length) await new Promise((resolve) => frame.later(() => resolve(drain())));
}

/** Fetches the library ahead of time. */
export function load() {
  loading ??= track(import("temml")).then((module) => {
    temml = module.default;
  });
  return loading;
}

function hasTime() {
  const now = performance.now();
  if (now - sliceStart > 3 * SLICE) {
    sliceStart = now;
    spent = 0;
  }
  return spent < SLICE;
}

function drain() {
  if (!temml) return;
  let done = 0;
  while (done < queue.length && hasTime()) {
    const formula = queue[done];
    done += 1;
    // A growing paragraph is written anew with every flush; the formulas of its earlier versions are nobody's.
    if (formula.element.closest(".answer")) write(formula, temml);
  }
  queue = queue.slice(done);
}

/** @param {Formula} formula */
function key({ tex, display }) {
  return (display ? "D" : "T") + tex;
}

/**
 * @param {Formula} formula
 * @param {Temml} library
 */
function write(formula, library) {
  const name = key(formula);
  if (!cache.has(name)) {
    const start = performance.now();
    if (cache.size >= MAX_CACHED) cache.delete(/** @type {string} */ (cache.keys().next().value));
    cache.set(name, build(formula, library));
    spent += performance.now() - start;
  }
  const made = cache.get(name);
  if (made) formula.element.replaceChildren(made.cloneNode(true));
  formula.element.classList.toggle("math-source", !made);
}

/**
 * @param {Formula} formula
 * @param {Temml} library
 */
function build({ tex, display }, library) {
  let tree;
  try {
    tree = library.__renderToMathMLTree(tex, { ...OPTIONS, displayMode: display });
  } catch {
    return null; // a formula that is beyond the library, by depth for instance: its TeX stays
  }
  return formulaElement(tree);
}
