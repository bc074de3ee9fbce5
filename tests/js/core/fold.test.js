/** The fold against the shared journals, whole and cut anywhere; Python reads the same files. */

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

import { RUN_TYPES, codePoints, foldRun, newRun, textOf } from "../../../static/js/core/fold.js";

const folder = new URL("../../journals/", import.meta.url);
const journals = readdirSync(folder).filter((name) => name.endsWith(".json"));
const read = (name) => JSON.parse(readFileSync(new URL(name, folder), "utf-8"));

function fold(runs, events) {
  for (const event of events) {
    if (RUN_TYPES.has(event.type)) runs[event.run] = foldRun(runs[event.run] ?? newRun({ run: event.run }), event);
  }
  return runs;
}

test("there are journals", () => assert.ok(journals.length >= 8));

for (const name of journals) {
  test(`${name}: folds to the states that Python folds it to`, () => {
    const { events, runs } = read(name);
    assert.deepEqual(fold({}, events), runs);
  });

  test(`${name}: a snapshot anywhere changes nothing`, () => {
    const { runs } = read(name);
    for (let cut = 0; cut <= read(name).events.length; cut += 1) {
      const { events } = read(name);
      const restored = JSON.parse(JSON.stringify(fold({}, events.slice(0, cut))));
      assert.deepEqual(fold(restored, events.slice(cut)), runs, `cut at ${cut}`);
    }
  });
}

test("characters are counted as Python counts them", () => {
  assert.equal(codePoints(""), 0);
  assert.equal(codePoints("aé字"), 3);
  assert.equal(codePoints("👋🏽"), 2);
  assert.equal(codePoints("\ud83d"), 1);
  assert.equal(codePoints("\udc4b\ud83d"), 2);
});

test("a run object as the API gives it folds on: null fields may be missing, there may be no trace", () => {
  const run = {
    id: "r",
    status: "running",
    content: [{ index: 0, kind: "text", text: "Hel" }],
    timings: { queued_ms: 3 },
    retries: [],
  };
  foldRun(run, { type: "run.delta", run: "r", index: 0, kind: "text", text: "lo", at: 40 });
  foldRun(run, { type: "run.meta", run: "r", connect_ms: 9 });
  foldRun(run, { type: "run.finished", run: "r", finish_reason: "stop" });
  assert.equal(textOf(run, "text"), "Hello");
  assert.deepEqual(run.trace, [[40, "text", 2]]);
  assert.equal(run.timings.queued_ms, 3);
  assert.equal(run.timings.connect_ms, 9);
  assert.equal(run.status, "finished");
});
