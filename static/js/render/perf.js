/** Paint timings for `?perf=1`: a ring of the last flushes, read through `window.touchstonePerf`. */

const SIZE = 4096;

/**
 * @typedef {object} Perf
 * @property {number} flushes
 * @property {number} longTasks
 * @property {number} longTaskMs
 * @property {() => {p50: number, p95: number, p99: number, script50: number, script95: number}} summary from text to paint, ms
 */

const enabled = new URLSearchParams(globalThis.location?.search ?? "").get("perf") === "1";
/** @type {number[]} */
const toPaint = [];
/** @type {number[]} */
const script = [];
/** @type {number[]} */
let unpainted = [];

/** @type {Perf} */
const perf = {
  flushes: 0,
  longTasks: 0,
  longTaskMs: 0,
  summary: () => ({
    p50: percentile(toPaint, 0.5),
    p95: percentile(toPaint, 0.95),
    p99: percentile(toPaint, 0.99),
    script50: percentile(script, 0.5),
    script95: percentile(script, 0.95),
  }),
};

/**
 * @param {number[]} values
 * @param {number} share
 */
function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return Number((sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(2));
}

// A message posted inside an animation frame arrives after that frame was painted.
const channel = enabled ? new MessageChannel() : null;

if (channel) {
  channel.port1.onmessage = () => {
    const now = performance.now();
    for (const [index, since] of unpainted.entries()) toPaint[(perf.flushes - unpainted.length + index) % SIZE] = now - since;
    unpainted = [];
  };
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      perf.longTasks += 1;
      perf.longTaskMs += entry.duration;
    }
  }).observe({ type: "longtask" });
  Object.assign(window, { touchstonePerf: perf });
}

/**
 * @param {number} since when the text had come
 * @param {number} spent ms of script
 */
export function recordPaint(since, spent) {
  if (!channel) return;
  script[perf.flushes % SIZE] = spent;
  perf.flushes += 1;
  unpainted.push(since);
  if (unpainted.length === 1) channel.port2.postMessage(0);
}
