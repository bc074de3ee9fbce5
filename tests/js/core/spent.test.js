/** What a comparison has cost: everything that was asked, and nothing that is not known. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { spent } from "../../../static/js/core/spent.js";

const run = (status, amount, source = "computed") => ({ status, content: [{ text: "a" }], usage: null, cost: amount === null ? null : { amount, currency: "USD", source } });

test("re-runs and stopped answers count, what runs does not yet", () => {
  assert.equal(spent([run("finished", "0.01"), run("finished", "0.02"), run("running", "5")]), "$0.03 in all");
  assert.equal(spent([run("finished", "0.01"), run("cancelled", "0.01", "estimated")]), "≈ $0.02 in all");
});

test("unknown costs are counted beside the sum, never as nothing", () => {
  assert.equal(spent([run("finished", "0.01"), run("finished", null), run("failed", null)]), "$0.01 in all · 2 runs of unknown cost");
  assert.equal(spent([run("finished", null)]), "1 run of unknown cost");
});

test("what was imported was not paid here", () => {
  const imported = { ...run("finished", "0.5", "estimated"), metadata: { imported: { run: "r" } } };
  assert.equal(spent([imported]), "");
  assert.equal(spent([imported, { ...imported, cost: null }, run("finished", "0.01")]), "$0.01 in all");
});

test("what was refused before it answered costs nothing", () => {
  assert.equal(spent([{ ...run("failed", null), content: [] }]), "");
  assert.equal(spent([]), "");
});
