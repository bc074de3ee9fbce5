import assert from "node:assert/strict";
import { test } from "node:test";

import { chipsOfRun, pairsOf, pairsText } from "../../../static/js/core/labels.js";

test("pairs come back as they were written", () => {
  const labels = { case: "7", "a b": "x=y", empty: "" };

  assert.deepEqual(pairsOf(pairsText(labels)), labels);
  assert.deepEqual(pairsOf(" case = 7 \n\n"), { case: "7" });
  assert.deepEqual(pairsOf(""), {});
});

test("a line without a key is no pair", () => {
  for (const text of ["case", "=7", "a=1\nrest", " =x"]) assert.equal(pairsOf(text), null, text);
});

test("below an answer tags come before pairs", () => {
  assert.deepEqual(chipsOfRun({ tags: ["best"], labels: { case: "7" } }), ["#best", "case: 7"]);
  assert.deepEqual(chipsOfRun({}), []);
});
