/**
 * The figures of a run for its card. Measured and reported values as they are; while an answer streams, what we
 * estimate ourselves carries an ellipsis and says so; what nobody knows is "–", never 0.
 */

import { FINAL } from "./fold.js";
import { UNKNOWN, count, duration, money, speed } from "./format.js";
import { t } from "./i18n.js";

/** @typedef {import("./types").Run} Run */
/** @typedef {{text: string, title: string}} Figure */
/** @typedef {{ttft: Figure, speed: Figure, total: Figure, cost: Figure, tokens: Tokens}} Figures */
/** @typedef {{input: Figure, cached: string, output: Figure, reasoning: string}} Tokens */

const unknown = () => ({ text: UNKNOWN, title: t("unknown") });
/** How we came by a count that no provider has reported yet. */
export const estimated = () => t("Estimated from the number of characters until the provider reports its count");

/** @type {Record<string, () => string>} */
const COST_SOURCES = {
  reported: () => t("reported by the provider"),
  computed: () => t("computed from the reported tokens and the price list"),
};

const BROKEN_OFF = new Set(["failed", "cancelled", "interrupted"]);
const soFarCounted = () => t("what the provider had counted before the answer broke off");
const brokenOff = () => t("estimated from the text that came: the answer ended before the provider reported its count");

/** Of an answer that is whole, and whose tokens are counted. */
const partly = () =>
  t("estimated: something in this answer (a tool that the provider ran, media, its service tier) is charged in a way that is not known");

/** @type {(run: Run | null, pace: import("./pace.js").Pace, now: number) => Figures} */
export function figures(run, pace, now) {
  if (!run) {
    const tokens = { input: unknown(), cached: "", output: unknown(), reasoning: "" };
    return { ttft: unknown(), speed: unknown(), total: unknown(), cost: unknown(), tokens };
  }
  const live = !FINAL.has(run.status);
  return {
    ttft: figure(run.timings?.ttft_ms ?? sinceTurn(run, pace.firstAt), duration),
    speed: live ? estimate(pace.speed, speed) : spoken(run),
    total: live ? soFar(pace.elapsed(now)) : total(run),
    cost: cost(run),
    tokens: live ? liveTokens(run, pace) : tokens(run),
  };
}

/** @type {(value: number | null | undefined, format: (value: number) => string) => Figure} */
const figure = (value, format) => (value == null ? unknown() : { text: format(value), title: "" });

/** @type {(run: Run) => Figure} */
function spoken(run) {
  if (!run.metadata?.answered_whole) return figure(run.timings?.tokens_per_s, speed);
  return { text: t("answered whole"), title: t("The answer came in one piece, so its speed is not known.") };
}

/** Our own line is no slowness of a provider. @type {(run: Run, at: number | null) => number | null} */
const sinceTurn = (run, at) => (at == null ? null : at - (run.timings?.waited_ms ?? 0));

/** @type {(run: Run) => Figure} */
function total(run) {
  const { total_ms: ms, waited_ms: waited } = run.timings ?? {};
  return { ...figure(ms, duration), ...(waited ? { title: t("of which {time} in line", { time: duration(waited) }) } : {}) };
}

/** @type {(value: number | null, format: (value: number, options: {live: boolean}) => string) => Figure} */
const estimate = (value, format) => (value ? { text: format(value, { live: true }), title: estimated() } : unknown());

/** @type {(ms: number) => Figure} */
const soFar = (ms) => (Number.isFinite(ms) ? { text: duration(ms, { live: true }), title: t("so far") } : unknown());

/** @type {(run: Run) => Figure} */
function cost(run) {
  if (run.cost == null) return unknown();
  const text = money(run.cost);
  if (run.cost.source !== "estimated") return { text, title: COST_SOURCES[run.cost.source]?.() ?? "" };
  return { text: `≈ ${text}`, title: run.status === "finished" ? partly() : brokenOff() };
}

/**
 * What the provider has counted of an answer that broke off may be less than it had sent.
 * @type {(run: Run) => Tokens}
 */
function tokens({ usage, status, finish_reason: reason }) {
  const early = reason == null && BROKEN_OFF.has(status) && usage?.output != null;
  return {
    input: figure(usage?.input, count),
    cached: usage?.cache_read ? count(usage.cache_read) : "",
    output: early ? { text: count(usage.output, { live: true }), title: soFarCounted() } : figure(usage?.output, count),
    reasoning: usage?.reasoning ? count(usage.reasoning, { live: early }) : "",
  };
}

/**
 * Counts that some providers send on the way are early ones, so the estimate leads until the end.
 * @type {(run: Run, pace: import("./pace.js").Pace) => Tokens}
 */
function liveTokens(run, pace) {
  return {
    ...tokens(run),
    output: estimate(pace.tokens, count),
    reasoning: pace.reasoningTokens >= 1 ? count(pace.reasoningTokens, { live: true }) : "",
  };
}
