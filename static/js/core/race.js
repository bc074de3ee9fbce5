/**
 * The race as numbers: what a run spent its time on, and a scale for all of them. Kinds: wait, reasoning, tool,
 * answer, error. Times are ms since the run was queued.
 */

import { FINAL } from "./fold.js";

/** @typedef {import("./types").Run} Run */
/** @typedef {{kind: string, from: number, to: number}} Piece */

/** Who is silent for longer has stalled, as the server counts it: nobody knows what was done meanwhile. */
const STALL_MS = 2000;

/** @type {Record<string, string>} */
const KIND = { text: "answer", refusal: "answer", reasoning: "reasoning", tool_call: "tool" };

/**
 * When the run ended or, while it runs, how far it has come (`elapsed`).
 * @type {(run: Run, elapsed?: number) => number}
 */
export function reach(run, elapsed) {
  const last = run.trace?.at(-1)?.[0] ?? run.phases?.at(-1)?.[2] ?? fromTimings(run).at(-1)?.[0] ?? 0;
  if (!FINAL.has(run.status)) return Math.max(elapsed ?? 0, last);
  return Math.max(run.timings?.total_ms ?? 0, last);
}

/**
 * Segments without gaps from 0 to the end; a failure marks its last piece as an error. Silence of more than `stall` ms
 * is waiting again, but for tools, which are at work then.
 * @type {(run: Run, elapsed?: number, stall?: number) => Piece[]}
 */
export function segments(run, elapsed = 0, stall = STALL_MS) {
  const end = reach(run, elapsed);
  /** @type {Piece[]} */
  const pieces = [];
  let from = 0;
  let kind = "wait";
  // What was heard is there even if it took no time, as a single token does.
  const until = (/** @type {number} */ at, wasHeard = false) => {
    const to = Math.min(Math.max(at, from), end);
    if (to > from || wasHeard) pieces.push({ kind, from, to });
    from = to;
  };
  for (const span of [...heard(run), { kind: "", from: end, to: end }]) {
    if (span.from - from > stall && kind !== "tool") kind = "wait";
    until(span.from);
    kind = span.kind;
    if (kind) until(span.to, true);
  }
  return failed(run) ? withError(pieces, end) : merged(pieces);
}

/**
 * What came when: the phases that a snapshot brings and the trace of what came after it or, where neither is there,
 * what the timings tell, which know of no silence.
 * @type {(run: Run) => Piece[]}
 */
function heard(run) {
  const before = (run.phases ?? []).map(([kind, from, to]) => ({ kind: KIND[kind] ?? "answer", from, to }));
  const spans = [...before, ...(run.trace ?? []).map(([at, kind]) => ({ kind: KIND[kind] ?? "answer", from: at, to: at }))];
  if (spans.length > 0) return spans;
  const starts = fromTimings(run);
  return starts.map(([from, kind], index) => ({ kind, from, to: starts[index + 1]?.[0] ?? Infinity }));
}

/** @type {(run: Run) => [number, string][]} */
function fromTimings(run) {
  const { ttft_ms, ttfa_ms, waited_ms: waited } = run.timings ?? {};
  const [first, answer] = [ttft_ms, ttfa_ms].map((ms) => (ms == null ? null : ms + (waited ?? 0)));
  if (first != null && answer != null && answer > first) return [[first, "reasoning"], [answer, "answer"]];
  const only = first ?? answer;
  return only == null ? [] : [[only, run.content[0]?.kind === "reasoning" && answer == null ? "reasoning" : "answer"]];
}

const failed = (/** @type {Run} */ run) => run.status === "failed" || run.status === "interrupted";

/**
 * Red at its end, where it failed: until then it waited, or answered.
 * @type {(pieces: Piece[], end: number) => Piece[]}
 */
function withError(pieces, end) {
  if (end <= 0) return [];
  const from = end - Math.max(end * 0.03, 1);
  const kept = pieces.filter((piece) => piece.from < from).map((piece) => ({ ...piece, to: Math.min(piece.to, from) }));
  return [...merged(kept), { kind: "error", from, to: end }];
}

/** @type {(pieces: Piece[]) => Piece[]} */
function merged(pieces) {
  /** @type {Piece[]} */
  const result = [];
  for (const piece of pieces) {
    const last = result.at(-1);
    if (last?.kind === piece.kind) last.to = piece.to;
    else result.push({ ...piece });
  }
  return result;
}

/**
 * ms spent reasoning so far, or null if the run shows no reasoning.
 * @type {(run: Run, elapsed?: number) => number | null}
 */
export function reasoningTime(run, elapsed = 0) {
  const pieces = segments(run, elapsed, Infinity).filter((piece) => piece.kind === "reasoning");
  return pieces.length === 0 ? null : pieces.reduce((sum, piece) => sum + piece.to - piece.from, 0);
}

/** A round scale in ms that holds `longest`: `{max, step}` with at most 8 steps. */
export function scale(/** @type {number} */ longest) {
  const wanted = Math.max(longest, 1000) / 8;
  const power = 10 ** Math.floor(Math.log10(wanted));
  const step = [1, 2, 5].map((factor) => factor * power).find((each) => each >= wanted) ?? 10 * power;
  return { max: Math.max(longest, 1000), step };
}
