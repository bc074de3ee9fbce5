/** A run in line for a limit of ours: what its card says, and that nobody looks slow for having waited. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { foldRun, newRun } from "../../../static/js/core/fold.js";
import { figures } from "../../../static/js/core/metrics.js";
import { Pace } from "../../../static/js/core/pace.js";
import { segments } from "../../../static/js/core/race.js";
import { shortStatus, statusOf } from "../../../static/js/core/status.js";
import { winners } from "../../../static/js/core/winners.js";

const waiting = (position, delay_ms, reason = "in_flight", at = 0) => ({ position, delay_ms, reason, at });
const run = (more = {}) => ({ ...newRun({ run: "r" }), ...more });
const ended = (id, timings) => run({ id, status: "finished", finish_reason: "stop", timings });

test("the place in line stands in words, with the time that is left", () => {
  const words = (position, untilTurn, reason) => statusOf(run({ waiting: waiting(position, 1, reason) }), { provider: "Ollama", untilTurn }).text;
  assert.equal(words(3, 11_200), "Waiting for Ollama: 3rd in line, about 12 s");
  assert.equal(words(1, null), "Waiting for Ollama: next in line");
  assert.deepEqual([2, 4, 11, 21].map((n) => words(n, null).split(": ")[1]), ["2nd in line", "4th in line", "11th in line", "21st in line"]);
  assert.equal(words(1, 2000, "paused"), "Ollama asked for a pause: next in line, about 2 s");
  assert.equal(shortStatus(run({ waiting: waiting(2, null) }), ""), "in line");
});

test("a wait between two attempts is told, too", () => {
  const { text } = statusOf(run({ status: "retrying", waiting: waiting(1, 1000, "paused") }), { provider: "x", untilTurn: 1000 });
  assert.equal(text, "x asked for a pause: next in line, about 1 s");
});

test("the time counts down from when it was told, by event or by snapshot", () => {
  const pace = new Pace();
  pace.note({ type: "run.queued", run: "r" }, 1000);
  pace.note({ type: "run.waiting", run: "r", ...waiting(2, 5000, "requests", 40) }, 1040);
  assert.deepEqual([pace.untilTurn(1040), pace.untilTurn(3040), pace.untilTurn(9000)], [5000, 3000, 0]);
  pace.note({ type: "run.started", run: "r", at: 5000 }, 6000);
  assert.equal(pace.untilTurn(6000), null);

  const joined = Pace.of(run({ waiting: waiting(1, 700, "tokens", 300) }), 2000);
  assert.deepEqual([joined.untilTurn(2000), joined.elapsed(2000)], [700, 300]);
});

test("the first token is counted from the turn, while it streams and after", () => {
  const live = run({ status: "running" });
  foldRun(live, { type: "run.started", run: "r", at: 4000 });
  foldRun(live, { type: "run.admitted", run: "r", waited_ms: 3900 });
  const pace = new Pace();
  pace.note({ type: "run.delta", run: "r", index: 0, kind: "text", text: "a", at: 4300 }, 9000);
  assert.equal(figures(live, pace, 9000).ttft.text, "0.40 s");

  const done = ended("r", { ttft_ms: 400, total_ms: 5000, waited_ms: 3900 });
  assert.deepEqual([figures(done, pace, 9000).ttft.text, figures(done, pace, 9000).total], ["0.40 s", { text: "5.00 s", title: "of which 3.90 s in line" }]);
});

test("who waited may win; the race shows when things happened", () => {
  const patient = ended("a", { ttft_ms: 300, total_ms: 9000, waited_ms: 8000 });
  const other = ended("b", { ttft_ms: 400, total_ms: 1500, waited_ms: null });
  assert.deepEqual([winners([patient, other]).ttft, winners([patient, other]).total], ["a", "a"]);
  assert.deepEqual(segments({ ...patient, timings: { ...patient.timings, ttfa_ms: 300 } }).map(({ kind, from }) => [kind, from]), [["wait", 0], ["answer", 8300]]);
});
