/**
 * The one fold, in the browser: events become the state of a run and of a comparison, on plain JSON.
 * `compare_site/comparisons/fold.py` is the same function; `tests/journals/*.json` prove that they agree.
 * Changes the state that it is given and returns it.
 */

/** @typedef {import("./types").Run} Run */
/** @typedef {import("./types").RunEvent} RunEvent */

/** `left` is known to pages only: they were cut off while the answer ran, and know no more of it. */
export const FINAL = new Set(["finished", "failed", "cancelled", "interrupted", "left"]);

/** @type {Record<string, import("./types").Status>} */
const ENDS = {
  "run.finished": "finished",
  "run.failed": "failed",
  "run.interrupted": "interrupted",
  "run.cancelled": "cancelled",
};
const USAGE = ["input", "output", "total", "cache_read", "cache_creation", "reasoning", "audio"];
const TIMINGS = ["queued_ms", "waited_ms", "connect_ms", "ttft_ms", "ttfa_ms", "total_ms", "tokens_per_s", "stalls"];
const META = ["response_id", "model", "request_report", "hops", "metadata"];
const END_FIELDS = ["finish_reason", "native_finish_reason", "usage", "cost", "timings", "error"];

/**
 * Known fields only, `null` for those that were not said: what the schema does on the Python side.
 * @param {string[]} names
 * @param {any} value
 * @returns {any}
 */
function shaped(names, value) {
  return value == null ? null : Object.fromEntries(names.map((name) => [name, value[name] ?? null]));
}

/** @type {Record<string, (value: any) => any>} */
const SHAPES = {
  usage: (value) => shaped(USAGE, value),
  timings: (value) => shaped(TIMINGS, value),
  cost: (value) => (value == null ? null : { amount: value.amount, currency: value.currency ?? "USD", source: value.source }),
};

/**
 * Number of characters as Python counts them: code points, not UTF-16 units.
 * @param {string} text
 */
export function codePoints(text) {
  let count = 0;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit < 0xd800 || unit > 0xdbff) count += 1;
    else if (i + 1 < text.length && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) continue;
    else count += 1;
  }
  return count;
}

/**
 * The state of a run of which nothing but its place is known.
 * @param {Record<string, any>} place of an event
 * @returns {Run}
 */
export function newRun({ run = "", column = "", turn = "", sample = 0, attempt = 1, parent = null }) {
  return {
    id: run,
    column,
    turn,
    sample,
    attempt,
    parent,
    status: "queued",
    waiting: null,
    content: [],
    finish_reason: null,
    native_finish_reason: null,
    response_id: null,
    model: null,
    usage: null,
    cost: null,
    timings: shaped(TIMINGS, {}),
    request_report: null,
    hops: [],
    retries: [],
    error: null,
    metadata: {},
    trace: [],
  };
}

/** @type {(state: Run, event: RunEvent) => void} */
function appendText(state, event) {
  let block = state.content.findLast((each) => each.index === event.index);
  if (!block) {
    block = { index: event.index, kind: event.kind, text: "", id: null, name: null, data: null };
    state.content.push(block);
  }
  block.text = (block.text ?? "") + event.text;
  state.status = "running";
  state.trace ??= [];
  state.trace.push([event.at, event.kind, codePoints(event.text)]);
}

/** @type {(state: Run, event: RunEvent) => void} */
function openBlock(state, event) {
  state.status = "running";
  if (state.content.some((block) => block.index === event.index)) return;
  const { index, kind, id = null, name = null, data = null } = event;
  state.content.push({ index, kind, text: "", id, name, data });
}

/** What became known of an open block. @type {(state: Run, event: RunEvent) => void} */
function extendBlock(state, { index, id, name, data }) {
  const known = state.content.find((block) => block.index === index);
  if (!known) return;
  known.id = id ?? known.id;
  known.name = name ?? known.name;
  known.data = data ? { ...known.data, ...data } : known.data;
}

/** @type {(state: Run, event: RunEvent) => void} */
function setMeta(state, event) {
  for (const name of META) if (name in event) state[name] = event[name];
  if (event.connect_ms != null) {
    state.timings = { ...shaped(TIMINGS, state.timings ?? {}), connect_ms: event.connect_ms };
    state.status = "running";
  }
}

/** @type {(state: Run, event: RunEvent) => void} */
function end(state, event) {
  state.status = ENDS[event.type];
  state.waiting = null;
  for (const name of END_FIELDS) {
    if (name in event) state[name] = SHAPES[name] ? SHAPES[name](event[name]) : event[name];
  }
}

/**
 * What each type does to a run that has not ended.
 * @type {Record<string, (state: Run, event: RunEvent) => void>}
 */
const STEPS = {
  "run.delta": appendText,
  "run.block": openBlock,
  "run.block_data": extendBlock,
  "run.meta": setMeta,
  "run.waiting": (state, { position, delay_ms = null, reason, at }) => {
    state.waiting = { position, delay_ms, reason, at };
  },
  "run.admitted": (state, event) => {
    state.status = "running";
    state.waiting = null;
    state.timings = { ...shaped(TIMINGS, state.timings ?? {}), waited_ms: event.waited_ms };
  },
  "run.started": (state, event) => {
    state.status = "running";
    state.waiting = null;
    state.timings = shaped(TIMINGS, { queued_ms: event.at ?? 0 });
  },
  "run.retrying": (state, event) => {
    state.status = "retrying";
    state.waiting = null;
    state.retries.push({ attempt: event.attempt, delay_ms: event.delay_ms, error: event.error });
  },
  "run.finished": end,
  "run.failed": end,
  "run.interrupted": end,
  "run.cancelled": end,
};

/** Event types that speak of one run. */
export const RUN_TYPES = new Set(["run.queued", "run.usage", ...Object.keys(STEPS)]);

/**
 * Apply one event of this run. After an end only `run.usage` still counts; a new `run.queued` starts afresh.
 * @param {Run} state
 * @param {RunEvent} event
 * @returns {Run}
 */
export function foldRun(state, event) {
  if (event.type === "run.queued") return newRun(event);
  if (event.type === "run.usage") {
    state.usage = SHAPES.usage(event.usage);
    return state;
  }
  if (!FINAL.has(state.status) && RUN_TYPES.has(event.type)) STEPS[event.type](state, event);
  return state;
}

/**
 * The text of all blocks of `kind`, joined by nothing.
 * @param {Run} run
 * @param {string} kind
 */
export function textOf(run, kind) {
  return run.content.reduce((text, block) => (block.kind === kind ? text + (block.text ?? "") : text), "");
}
