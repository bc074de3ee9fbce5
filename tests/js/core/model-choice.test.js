/** The models chosen on the list: remembered safely, at most as many as there are columns, in an address. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { addressOf, choose, modelsIn, restoreChoice } from "../../../static/js/core/model-choice.js";

test("whatever was stored gives ids, each once", () => {
  assert.deepEqual(restoreChoice(["a/b", "a/b", 7, "", "c/d"]), ["a/b", "c/d"]);
  assert.deepEqual(restoreChoice({ a: 1 }), []);
  assert.deepEqual(restoreChoice(null), []);
});

test("a choice finds room or changes nothing", () => {
  const full = Array.from({ length: 32 }, (_, at) => `a/${at}`);
  assert.deepEqual(choose(["a/b"], "c/d", true), ["a/b", "c/d"]);
  assert.deepEqual(choose(["a/b", "c/d"], "a/b", false), ["c/d"]);
  assert.equal(choose(full, "one/more", true).includes("one/more"), false);
});

test("an address names models, and they come out of it as they went in", () => {
  const ids = ["openrouter/a/b:free?x&y", "demo/快"];
  assert.deepEqual(modelsIn(new URL(addressOf("/", ids), "http://here").search), ids);
  assert.equal(modelsIn("?q=1"), null);
  assert.equal(modelsIn("?model="), null);
});
