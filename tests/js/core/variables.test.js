/** Variables in prompts, with the cases that the server is tested with. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { escaped, namesIn, rendered } from "../../../static/js/core/variables.js";

const CASES = JSON.parse(readFileSync(new URL("../../library/variables.json", import.meta.url), "utf8"));

for (const { why, text, names, values, rendered: expected } of CASES) {
  test(why, () => {
    assert.deepEqual(namesIn([text]), names);
    assert.equal(rendered(text, values), expected);
    assert.deepEqual(namesIn([escaped(text)]), []);
    assert.equal(rendered(escaped(text), {}), text);
  });
}

test("the variables of several texts, each once", () => {
  assert.deepEqual(namesIn(["{b}{a}", "{a}{c}"]), ["b", "a", "c"]);
});

test("a variable without a value stays to be seen", () => {
  assert.equal(rendered("{a} {{b}}", {}), "{a} {b}");
});
