/**
 * The race as numbers: what a run spent its time on, and a scale for all of them. Kinds: wait, reasoning, tool,
 * answer, error. Times are ms since the run was queued.
 */

import { FINAL } from "./fold.js";

/** @typedef {import("./types").Run} Run */
/** @typedef {{kind: string, from: number, to: number}} Piece */

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
 * Segments without gaps from 0 to the end; a failure marks its last piece as an error.
 * @type {(run: Run, elapsed?: number) => Piece[]}
 */
export function segments(run, elapsed = 0) {
  const end = reach(run, elapsed);
  const starts = changes(run);
  /** @type {Piece[]} */
  const pieces = [];
  let from = 0;
  let kind = "wait";
  for (const [at, next] of starts) {
    const to = Math.min(Math.max(at, from), end);
    if (to > from) pieces.push({ kind, from, to });
    from = to;
    kind = next;
  }
  if (end > from) pieces.push({ kind, from, to: end });
  return failed(run) ? withError(pieces, end) : merged(pieces);
}

/**
 * `[at, kind]` whenever the kind of output changes: from the phases that a snapshot brings and the trace of what came
 * after it or, where neither is there, from the timings.
 * @type {(run: Run) => [number, string][]}
 */
function changes(run) {
  /** @type {[number, string][]} */
  const starts = [];
  /** @type {[number, string][]} */
  const before = (run.phases ?? []).map(([kind, from]) => [from, kind]);
  for (const [at, kind] of [...before, ...(run.trace ?? [])]) {
    const name = KIND[kind] ?? "answer";
    if (starts.at(-1)?.[1] !== name) starts.push([at, name]);
  }
  return starts.length > 0 ? starts : fromTimings(run);
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
 * A run that gave nothing is red as a whole; one that broke off is red at its end.
 * @type {(pieces: Piece[], end: number) => Piece[]}
 */
function withError(pieces, end) {
  if (pieces.every((piece) => piece.kind === "wait")) return pieces.map((piece) => ({ ...piece, kind: "error" }));
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
  const pieces = segments(run, elapsed).filter((piece) => piece.kind === "reasoning");
  return pieces.length === 0 ? null : pieces.reduce((sum, piece) => sum + piece.to - piece.from, 0);
}

/** A round scale in ms that holds `longest`: `{max, step}` with at most 8 steps. */
export function scale(/** @type {number} */ longest) {
  const wanted = Math.max(longest, 1000) / 8;
  const power = 10 ** Math.floor(Math.log10(wanted));
  const step = [1, 2, 5].map((factor) => factor * power).find((each) => each >= wanted) ?? 10 * power;
  return { max: Math.max(longest, 1000), step };
}
