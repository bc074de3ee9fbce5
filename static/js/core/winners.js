/**
 * Who is ahead: first token, total time, tokens a second, cost. Only among finished answers, only when none runs any
 * more, and only when the best is at least 5 % ahead of the next one.
 */

import { FINAL } from "./fold.js";

const MARGIN = 1.05;
/** An answer that was cut off or refused, or only asks for a tool, was not quicker: it did less. */
const WHOLE = "stop";
/** What came in one piece was not streamed to us: its times are not comparable with those of the others. */
const TIMES = new Set(["ttft", "total", "speed"]);

/** @typedef {import("./types").Run} Run */
/** @typedef {{of: (run: Run) => number | null | undefined, low: boolean}} Measure */

/** @type {Record<string, Measure>} */
const MEASURES = {
  ttft: { of: (run) => run.timings?.ttft_ms, low: true },
  // What it spent in our own line is no merit and no fault.
  total: { of: (run) => (run.timings?.total_ms == null ? null : run.timings.total_ms - (run.timings.waited_ms ?? 0)), low: true },
  speed: { of: (run) => run.timings?.tokens_per_s, low: false },
  // An estimate is no price: it is ahead of nobody.
  cost: { of: (run) => (!run.cost?.amount || run.cost.source === "estimated" ? null : Number(run.cost.amount)), low: true },
};

/**
 * `{ttft, total, speed, cost}` -> id of the winning run or null. `runs`: the current ones.
 * @type {(runs: Run[]) => Record<string, string | null>}
 */
export function winners(runs) {
  const done = runs.filter((run) => run.status === "finished" && (run.finish_reason ?? WHOLE) === WHOLE);
  const settled = runs.every((run) => FINAL.has(run.status) && run.status !== "left");
  const sameMoney = new Set(done.filter((run) => run.cost).map((run) => run.cost?.currency ?? "USD")).size <= 1;
  return Object.fromEntries(
    Object.entries(MEASURES).map(([name, measure]) => {
      const fair = settled && done.length > 1 && (name !== "cost" || sameMoney);
      const comparable = TIMES.has(name) ? done.filter((run) => !run.metadata?.answered_whole) : done;
      return [name, fair ? best(comparable, measure) : null];
    }),
  );
}

/** @type {(runs: Run[], measure: Measure) => string | null} */
function best(runs, { of, low }) {
  const ranked = runs
    .map((run) => ({ id: run.id, value: of(run) }))
    .filter(/** @return {each is {id: string, value: number}} */ (each) => Number.isFinite(each.value))
    .sort((a, b) => (low ? a.value - b.value : b.value - a.value));
  if (ranked.length < 2) return null;
  const [first, second] = ranked;
  const ahead = low ? second.value >= first.value * MARGIN : first.value >= second.value * MARGIN;
  return ahead && first.value !== second.value ? first.id : null;
}
