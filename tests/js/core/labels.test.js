import assert from "node:assert/strict";
import { test } from "node:test";

import { chipsOfRun, metadataOf, problemOfPairs, tagsIn, tagsText } from "../../../static/js/core/labels.js";

const pair = (key, value = "") => ({ key, value });

test("pairs become metadata, whatever is in them; rows without anything are none", () => {
  const pairs = [pair("a=b", "c=d\r\ne"), pair(" "), pair("", ""), pair("__proto__", "x")];

  assert.equal(problemOfPairs(pairs), null);
  assert.deepEqual(Object.entries(metadataOf(pairs)), [["a=b", "c=d\r\ne"], [" ", ""], ["__proto__", "x"]]);
});

test("what is no pair is told with its place", () => {
  const told = (...pairs) => problemOfPairs([pair("first"), ...pairs]);

  assert.deepEqual(told(pair("", "")), null);
  assert.deepEqual(told(pair("", "value")), { place: 1, field: "key", code: "no_key" });
  assert.deepEqual(told(pair("b"), pair("first", "again")), { place: 2, field: "key", code: "twice" });
  assert.deepEqual(told(pair("😀".repeat(64), "值".repeat(512))), null);
  assert.deepEqual(told(pair("k".repeat(65))), { place: 1, field: "key", code: "long_key" });
  assert.deepEqual(told(pair("b", "v".repeat(513))), { place: 1, field: "value", code: "long_value" });
});

test("tags are split at commas, those that were there stay whole", () => {
  const known = ["a", "a, b", "c\nd", "，"];

  assert.deepEqual(tagsIn(tagsText(known), known), known);
  assert.deepEqual(tagsIn(" x， a, b ,new、new,, ", known), ["x", "a, b", "new"]);
  assert.deepEqual(tagsIn("a, bc", known), ["a", "bc"]);
  assert.deepEqual(tagsIn("", known), []);
});

test("below an answer tags come before pairs", () => {
  assert.deepEqual(chipsOfRun({ tags: ["best"], labels: { case: "7" } }), ["#best", "case: 7"]);
  assert.deepEqual(chipsOfRun({}), []);
});
