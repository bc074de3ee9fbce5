/** The store: snapshots, events, what changed, and which runs count. */

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { beforeEach, test } from "node:test";

import { figures } from "../../../static/js/core/metrics.js";
import { progressWords } from "../../../static/js/core/progress.js";
import { reasoningTime } from "../../../static/js/core/race.js";
import { statusOf } from "../../../static/js/core/status.js";
import { Store, inspected } from "../../../static/js/core/store.js";
import { winners } from "../../../static/js/core/winners.js";

let now;
let store;

const TURN = { id: "t1", parent: null, position: 0, messages: [] };
const STATE = { id: "c", title: "", tags: [], seq: "1:1", columns: [{ id: "ca", label: "A", model: "demo/fast" }], turns: [TURN], runs: [] };
const queued = (run, more = {}) => ({ type: "run.queued", run, column: "ca", turn: "t1", sample: 0, attempt: 1, parent: null, ...more });
const delta = (run, text, at = 10, index = 0) => ({ type: "run.delta", run, index, kind: "text", text, at });
const finished = (run) => ({ type: "run.finished", run, finish_reason: "stop" });

beforeEach(() => {
  now = 1000;
  store = new Store({ now: () => now });
  store.load(structuredClone(STATE));
});

test("says which runs changed and which text was added", () => {
  const changes = store.apply([queued("r1"), delta("r1", "Hel"), delta("r1", "lo"), delta("r1", "x", 11, 1)], "1:2");
  assert.deepEqual([...changes.runs], ["r1"]);
  assert.deepEqual([...changes.deltas.get("r1")], [[0, "Hello"], [1, "x"]]);
  assert.equal(changes.structure, true);
  assert.equal(store.comparison.seq, "1:2");
  assert.equal(store.apply([delta("r1", "!")]).structure, false);
});

test("text that comes after the end is no change of text", () => {
  store.apply([queued("r1"), delta("r1", "a"), finished("r1")]);
  const changes = store.apply([delta("r1", "b"), { type: "run.usage", run: "r1", usage: { output: 1 } }]);
  assert.equal(changes.deltas.size, 0);
  assert.equal(store.run("r1").content[0].text, "a");
  assert.equal(store.run("r1").usage.output, 1);
});

test("a run that starts afresh forgets the text that was added before", () => {
  const changes = store.apply([queued("r1"), delta("r1", "old"), queued("r1"), delta("r1", "new")]);
  assert.deepEqual([...changes.deltas.get("r1")], [[0, "new"]]);
  assert.equal(store.run("r1").content[0].text, "new");
});

test("a new run has the labels of its column, one that starts afresh keeps its own", () => {
  const labelled = { id: "cb", label: "B", model: "demo/fast", tags: ["gold"], metadata: { "a=b": "1\n2" } };
  store.load({ ...structuredClone(STATE), columns: [...STATE.columns, labelled] });
  store.apply([queued("r1"), queued("r2", { column: "cb" })]);
  assert.deepEqual([store.run("r1").tags, store.run("r1").labels], [[], {}]);
  assert.deepEqual([store.run("r2").tags, store.run("r2").labels], [["gold"], { "a=b": "1\n2" }]);
  Object.assign(store.run("r2"), { tags: ["mine"], labels: {} });
  store.apply([queued("r2", { column: "cb" })]);
  assert.deepEqual([store.run("r2").tags, store.run("r2").labels], [["mine"], {}]);
});

test("a snapshot replaces everything", () => {
  store.apply([queued("gone")]);
  const run = { id: "r9", column: "ca", turn: "t1", sample: 0, attempt: 1, status: "finished", content: [], retries: [], timings: {} };
  const changes = store.load({ ...structuredClone(STATE), runs: [run] });
  assert.equal(store.run("gone"), null);
  assert.deepEqual([...changes.runs], ["r9"]);
});

test("turns and columns come and change", () => {
  store.apply([{ type: "turn.added", turn: { ...TURN, id: "t3", position: 2 } }, { type: "turn.added", turn: { ...TURN, id: "t2", position: 1 } }]);
  assert.deepEqual(store.turns.map(({ id }) => id), ["t1", "t2", "t3"]);
  store.apply([{ type: "turn.added", turn: { ...TURN, id: "t2", position: 1 } }]);
  assert.equal(store.turns.length, 3);
  store.apply([{ type: "comparison.updated", title: "New" }]);
  assert.equal(store.comparison.title, "New");
  assert.equal(store.columns.length, 1);
});

test("unknown events change nothing", () => {
  const changes = store.apply([{ type: "run.applause", run: "r1" }, { type: "weather" }]);
  assert.deepEqual([changes.runs.size, changes.structure, store.runs.length], [0, false, 0]);
});

test("answers are grouped by sample and ordered by attempt", () => {
  store.apply([queued("b", { attempt: 2 }), queued("a"), queued("s", { sample: 1 }), queued("o", { column: "cb" })]);
  assert.deepEqual(store.answers("ca", "t1").map((list) => list.map(({ id }) => id)), [["a", "b"], ["s"]]);
});

test("progress counts the newest attempts of the newest turn", () => {
  store.apply([queued("r1"), finished("r1"), queued("r2", { attempt: 2 })]);
  assert.deepEqual(store.progress, { running: 1, finished: 0, total: 1, done: 0, failed: 0, stopped: 0, canFollowUp: false });
  store.apply([delta("r2", "text"), finished("r2")]);
  assert.deepEqual(store.progress, { running: 0, finished: 1, total: 1, done: 1, failed: 0, stopped: 0, canFollowUp: true });
});

test("what failed or was stopped is not said to be finished", () => {
  const end = (run, type, more = {}) => [queued(run, { column: run }), { type, run, ...more }];
  const words = () => progressWords(store.progress);
  assert.equal(words(), "");
  store.apply([...end("a", "run.finished", { finish_reason: "stop" }), queued("x", { column: "x" })]);
  assert.equal(words(), "1 of 2 finished");
  store.apply([...end("b", "run.failed"), ...end("c", "run.cancelled")]);
  assert.equal(words(), "1 done, 1 failed, 1 stopped, 1 running");
  store.apply([finished("x"), ...end("d", "run.interrupted"), ...end("e", "run.finished", { finish_reason: "error" })]);
  assert.equal(words(), "2 done, 3 failed, 1 stopped");
});

test("a live run of an earlier turn counts until it ends", () => {
  store.apply([queued("r1"), { type: "turn.added", turn: { ...TURN, id: "t2", position: 1 } }, queued("r2", { turn: "t2" }), delta("r2", "x"), finished("r2")]);
  assert.deepEqual(store.progress, { running: 1, finished: 1, total: 2, done: 1, failed: 0, stopped: 0, canFollowUp: false });
  store.apply([finished("r1")]);
  assert.deepEqual(store.progress, { running: 0, finished: 1, total: 1, done: 1, failed: 0, stopped: 0, canFollowUp: true });
});

test("what a page is cut off from does not seem to go on", () => {
  store.apply([queued("r1"), delta("r1", "half"), queued("r2", { column: "cb" }), delta("r2", "whole"), finished("r2")]);
  assert.deepEqual([...store.leave().runs], ["r1"]);
  assert.deepEqual([store.run("r1").status, store.run("r2").status, store.progress.running], ["left", "finished", 0]);
  assert.equal(statusOf(store.run("r1"), store.pace("r1").at(99_000)).text, "No longer followed");
  assert.deepEqual([store.run("r1").content[0].text, store.leave().runs.size], ["half", 0]);
});

test("without any text there is nothing to follow up", () => {
  store.apply([queued("r1"), finished("r1")]);
  assert.equal(store.progress.canFollowUp, false);
});

test("the clock of a run follows its events and never runs backwards", () => {
  store.apply([queued("r1")]);
  now = 1500;
  store.apply([{ type: "run.started", run: "r1", at: 450 }]);
  assert.equal(store.pace("r1").elapsed(now), 500);
  store.apply([delta("r1", "x", 700)]);
  assert.equal(store.pace("r1").elapsed(now), 700);
});

test("who joins in a silence counts on from the age of the run", () => {
  const known = { id: "old", column: "ca", turn: "t1", sample: 1, attempt: 1, status: "running", content: [{ index: 0, kind: "text", text: "x" }], retries: [], phases: [["text", 900, 1200]], timings: {}, age_ms: 11_900 };
  store.load({ ...structuredClone(STATE), runs: [known] });
  const pace = store.pace("old");
  assert.deepEqual([pace.elapsed(now), pace.quiet(now)], [11_900, 10_700]);
  assert.deepEqual([pace.elapsed(now + 500), pace.quiet(now + 500)], [12_400, 11_200]);
});

test("where times are left out, events at 0 are no measurements: nothing is known, live or after the end", () => {
  const parts = ["prompt", "names"];
  const known = { id: "old", column: "ca", turn: "t1", sample: 1, attempt: 1, status: "running", content: [{ index: 0, kind: "text", text: "x".repeat(800) }], retries: [], phases: [], timings: {} };
  store.load({ ...structuredClone(STATE), shared: { parts }, runs: [structuredClone(known)] });
  const reasoning = { ...delta("r1", "x".repeat(800), 0), kind: "reasoning" };
  store.apply([queued("r1"), { type: "run.started", run: "r1", at: 0 }, reasoning]);
  now = 9000;
  store.apply([delta("r1", "x".repeat(800), 0, 1), delta("old", "y", 0)]);
  const figuresOf = (id) => {
    const { ttft, speed, total, cost, tokens } = figures(store.run(id), store.pace(id), now);
    return [ttft, speed, total, cost, tokens.input, tokens.output].map(({ text }) => text).join("") + tokens.reasoning;
  };
  const nothing = "–".repeat(6);
  assert.deepEqual(["r1", "old"].map(figuresOf), [nothing, nothing]);
  assert.equal(store.pace("r1").quiet(now), 0);
  assert.equal(reasoningTime(store.run("r1"), store.pace("r1").elapsed(now)), null);
  store.apply([finished("r1"), finished("old")]);
  assert.deepEqual(["r1", "old"].map(figuresOf), [nothing, nothing]);
  assert.equal(reasoningTime(store.run("r1"), store.pace("r1").elapsed(now)), null);
  assert.deepEqual([inspected(store.run("r1")).trace, store.run("r1").timings.queued_ms], [[], null]);
  assert.deepEqual(winners(store.current), { ttft: null, total: null, speed: null, cost: null });
});

test("joining by a snapshot at any moment shows the same as having seen all events", () => {
  const folder = new URL("../../journals/", import.meta.url);
  for (const name of readdirSync(folder)) {
    const { events } = JSON.parse(readFileSync(new URL(name, folder), "utf-8"));
    for (let cut = 0; cut <= events.length; cut += 1) {
      const whole = new Store();
      const early = new Store();
      const joined = new Store();
      for (const each of [whole, early, joined]) each.load(structuredClone({ ...STATE, turns: [] }));
      whole.apply(structuredClone(events));
      early.apply(structuredClone(events.slice(0, cut)));
      joined.load(JSON.parse(JSON.stringify({ ...early.comparison, runs: early.runs })));
      joined.apply(structuredClone(events.slice(cut)));
      assert.deepEqual(joined.runs, whole.runs, `${name} cut at ${cut}`);
      assert.deepEqual(joined.comparison, whole.comparison);
    }
  }
});

test("the inspected run derives its fields from the content", () => {
  store.apply([queued("r1"), delta("r1", "answer"), { type: "run.block", run: "r1", index: 1, kind: "tool_call", id: "i", name: "f" }, { ...delta("r1", "{}", 9, 1), kind: "tool_call" }]);
  const shown = inspected({ ...store.run("r1"), text: "stale" });
  assert.equal(shown.text, "answer");
  assert.equal(shown.reasoning, null);
  assert.deepEqual(shown.tool_calls, [{ id: "i", name: "f", arguments: "{}" }]);
});
