/** The state of a run in one word or two, as it stands in the header of a column. */

import { errorWords, withoutKey } from "./advice.js";
import { duration } from "./format.js";
import { t } from "./i18n.js";

/** @typedef {import("./types").Run} Run */
/** @typedef {{tone: "idle" | "live" | "done" | "warn" | "bad", text: string, icon: string | null}} Word */

const DEFAULT_RETRIES = 2;

/** From when on a reader wants to know that nothing comes. */
const QUIET_MS = 5000;

/** @type {Record<string, () => string>} */
const LIVE_BY_KIND = {
  reasoning: () => t("Reasoning"),
  tool_call: () => t("Calling a tool"),
};

/** @type {Record<string, () => Word>} */
const REASONS = {
  stop: () => done(t("stop")),
  tool_calls: () => done(t("tool calls")),
  length: () => ({ tone: "warn", text: t("Cut off · {reason}", { reason: t("length") }), icon: "alert" }),
  content_filter: () => ({ tone: "warn", text: t("Cut off · {reason}", { reason: t("content filter") }), icon: "alert" }),
  refusal: () => ({ tone: "warn", text: t("Refused"), icon: "alert" }),
  error: () => ({ tone: "bad", text: t("Failed"), icon: "close" }),
};

/** What providers call a normal end, in small letters. */
const STOPS = new Set(
  "stop end_turn stop_sequence stop_criteria_met eos eos_token endoftext complete completed finish finished final normal load unload".split(" "),
);
const MOST_OF_A_WORD = 40;

/**
 * An end whose word nobody here knows is shown by that word: it may mean anything. Links do not tell the word.
 * @type {(run: Run) => Word}
 */
function ended(run) {
  const native = run.native_finish_reason ?? "";
  if (native === "pause_turn") return { tone: "warn", text: t("Paused by the provider"), icon: "alert" };
  if (run.finish_reason !== "stop" || native === "" || STOPS.has(native.toLowerCase())) {
    return REASONS[run.finish_reason ?? ""]?.() ?? { tone: "done", text: t("Done"), icon: "check" };
  }
  const word = native.length > MOST_OF_A_WORD ? `${native.slice(0, MOST_OF_A_WORD)}…` : native;
  return { tone: "warn", text: t("Ended · “{word}”", { word }), icon: "alert" };
}

/** @type {(reason: string) => Word} */
const done = (reason) => ({ tone: "done", text: t("Done · {reason}", { reason }), icon: "check" });

/** @type {(untilRetry: number | null, run: Run, most: number) => Word} */
function retrying(untilRetry, run, most) {
  const params = { k: run.retries.length, m: most, time: duration(Math.ceil((untilRetry ?? 0) / 1000) * 1000, { whole: true }) };
  const text = !untilRetry ? t("Retrying ({k}/{m})", params) : t("Retrying in {time} ({k}/{m})", params);
  return { tone: "warn", text, icon: "retry" };
}

/** @type {Record<string, (n: number) => string>} */
const PLACES = {
  one: (n) => t("{n}st in line", { n }),
  two: (n) => t("{n}nd in line", { n }),
  few: (n) => t("{n}rd in line", { n }),
  other: (n) => t("{n}th in line", { n }),
};
const ordinals = new Intl.PluralRules("en", { type: "ordinal" });

/** @type {(waiting: import("./types").Waiting, provider: string, untilTurn: number | null) => Word} */
function inLine({ position, reason }, provider, untilTurn) {
  const place = position === 1 ? t("next in line") : (PLACES[ordinals.select(position)] ?? PLACES.other)(position);
  const time = untilTurn === null ? "" : duration(Math.ceil(untilTurn / 1000) * 1000, { whole: true });
  const params = { provider, place, time };
  const paused = reason === "paused";
  let text = paused ? t("{provider} asked for a pause: {place}", params) : t("Waiting for {provider}: {place}", params);
  if (time) text = paused ? t("{provider} asked for a pause: {place}, about {time}", params) : t("Waiting for {provider}: {place}, about {time}", params);
  return { tone: "idle", text, icon: "clock" };
}

/** Why a run failed, in a word or two. */
export const failedFor = (/** @type {Pick<Run, "error">} */ run) => (withoutKey(run) ? t("no key") : errorWords(run.error?.code, run.error?.status).name);

/** @type {(run: Run) => Word} */
function failed(run) {
  const name = failedFor(run);
  const status = run.error?.status;
  const text = status && status >= 300 ? t("Failed · {status} {reason}", { status, reason: name }) : t("Failed · {reason}", { reason: name });
  return { tone: "bad", text, icon: "close" };
}

/** @type {(run: Run, quiet: number) => string} */
function live(run, quiet) {
  const last = run.content.at(-1);
  if (last && quiet >= QUIET_MS) return t("No news for {time}", { time: duration(quiet, { whole: true }) });
  if (last) return LIVE_BY_KIND[last.kind]?.() ?? t("Streaming");
  return run.timings?.connect_ms == null ? t("Connecting") : t("Waiting for the first token");
}

/** @type {Record<string, (run: Run, untilRetry: number | null, most: number, quiet: number) => Word>} */
const WORDS = {
  queued: () => ({ tone: "idle", text: t("Queued"), icon: "clock" }),
  running: (run, _untilRetry, _most, quiet) => ({ tone: "live", text: live(run, quiet), icon: null }),
  retrying: (run, untilRetry, most) => retrying(untilRetry, run, most),
  finished: ended,
  failed,
  cancelled: () => ({ tone: "idle", text: t("Stopped"), icon: "stop" }),
  interrupted: () => ({ tone: "bad", text: t("Interrupted"), icon: "close" }),
  left: () => ({ tone: "idle", text: t("No longer followed"), icon: null }),
};

/**
 * @param {Run | null} run
 * @param {{untilRetry?: number | null, maxRetries?: number, quiet?: number, provider?: string, untilTurn?: number | null}} [more]
 *   `quiet`: ms without anything new; `provider`, `untilTurn`: whom it waits for in line, and how long
 * @returns {Word}
 */
export function statusOf(run, { untilRetry = null, maxRetries = DEFAULT_RETRIES, quiet = 0, provider = "", untilTurn = null } = {}) {
  if (!run) return { tone: "idle", text: t("Ready"), icon: null };
  if (run.waiting) return inLine(run.waiting, provider || t("the provider"), untilTurn);
  return WORDS[run.status]?.(run, untilRetry, maxRetries, quiet) ?? { tone: "idle", text: run.status, icon: null };
}

/** A word for the phone's tabs: speed while it streams, time when done. */
export function shortStatus(/** @type {Run | null} */ run, /** @type {string} */ liveText) {
  if (run?.waiting) return t("in line");
  const { tone } = statusOf(run);
  if (!run || tone === "idle") return run ? statusOf(run).text : "";
  if (tone === "live") return liveText;
  if (run.status === "retrying") return t("retry");
  if (run.status === "finished") return duration(run.timings?.total_ms);
  return (run.error?.status ?? 0) >= 400 ? String(run.error?.status) : failedFor(run);
}
