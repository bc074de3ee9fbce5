/** What a comparison has cost here: all of its runs, re-runs and stopped ones too, none that was imported. Pure. */

import { money } from "./format.js";
import { t, tn } from "./i18n.js";

/** @typedef {import("./types").Run} Run */

const ENDED = new Set(["finished", "failed", "cancelled", "interrupted"]);

/** "$0.0012", with a sign before it if a part is estimated, and how many runs are not in it; empty before anything ended. */
export function spent(/** @type {Iterable<Run>} */ runs) {
  let amount = 0;
  let known = 0;
  let unknown = 0;
  let about = "";
  for (const run of runs) {
    if (!ENDED.has(run.status) || run.metadata?.imported) continue;
    if (run.cost) {
      known += 1;
      amount += Number(run.cost.amount);
      if (run.cost.source === "estimated") about = "≈ ";
    } else if (run.usage || run.status === "finished" || run.content.some((block) => block.text)) unknown += 1;
  }
  const missing = unknown > 0 ? tn("{n} run of unknown cost", "{n} runs of unknown cost", unknown) : "";
  const sum = known > 0 ? t("{cost} in all", { cost: `${about}${money({ amount: String(amount), currency: "USD", source: "computed" })}` }) : "";
  return [sum, missing].filter(Boolean).join(" · ");
}
