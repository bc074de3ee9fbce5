/** How far the answers of a comparison are, in words: what failed or was stopped is not counted with what is done. */

import { listed } from "./format.js";
import { t, tn } from "./i18n.js";

/** @typedef {{done: number, failed: number, stopped: number}} Endings */

/** @type {(runs: import("./types").Run[]) => Endings} */
export function endings(runs) {
  const broken = runs.filter((run) => run.status === "failed" || run.status === "interrupted" || (run.status === "finished" && run.finish_reason === "error"));
  const stopped = runs.filter((run) => run.status === "cancelled").length;
  const finished = runs.filter((run) => run.status === "finished" && run.finish_reason !== "error").length;
  return { done: finished, failed: broken.length, stopped };
}

/** @type {(progress: Endings & {running: number, total: number}) => string} */
export function progressWords({ done, failed, stopped, running, total }) {
  if (total === 0) return "";
  if (done + running === total) return t("{n} of {m} finished", { n: done, m: total });
  const parts = [
    done ? tn("{n} done", "{n} done", done) : "",
    failed ? tn("{n} failed", "{n} failed", failed) : "",
    stopped ? tn("{n} stopped", "{n} stopped", stopped) : "",
    running ? tn("{n} running", "{n} running", running) : "",
  ];
  return listed(parts.filter(Boolean));
}
