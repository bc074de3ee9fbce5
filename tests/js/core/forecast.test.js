/** Forecasts in words: marked as estimates, and the unknown said as such. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { amount, summary } from "../../../static/js/core/forecast.js";

const column = { model: "demo/fast" };
const total = (changes) => ({ low: "0.001", expected: "0.002", high: "0.01", low_unknown: 0, expected_unknown: 0, high_unknown: 0, ...changes });

test("all known: the middle, and from where to where", () => {
  assert.equal(summary({ columns: [column], total: total({}) }), "Forecast: ≈ $0.0020 ($0.0010 to $0.01)");
  assert.equal(summary({ columns: [column], total: total({ low: "0.002", high: "0.002" }) }), "Forecast: ≈ $0.0020");
});

test("without a measured length there is no middle, and without max tokens no end", () => {
  assert.equal(summary({ columns: [column], total: total({ expected: null, expected_unknown: 1 }) }), "Forecast: ≈ $0.0010 to $0.01");
  const open = total({ expected: null, expected_unknown: 1, high: null, high_unknown: 1 });
  assert.equal(summary({ columns: [column], total: open }), "Forecast: at least $0.0010; how long the answers get is not known");
});

test("a sum that leaves columns out is not shown as one of all", () => {
  const some = total({ expected_unknown: 1 });
  assert.equal(summary({ columns: [column, column], total: some }), "Forecast: ≈ $0.0010 to $0.01");
});

test("columns of unknown price are counted, and nothing known is said", () => {
  const one = total({ low_unknown: 1, expected_unknown: 1, high_unknown: 1 });
  assert.match(summary({ columns: [column, column], total: one }), / · 1 column of unknown price$/);
  const none = total({ low: null, expected: null, high: null, low_unknown: 1, expected_unknown: 1, high_unknown: 1 });
  assert.equal(summary({ columns: [column], total: none }), "Forecast: unknown, nobody says what these models cost");
  assert.equal(summary({ columns: [], total: none }), "");
});

test("unknown is a word and never nothing", () => {
  assert.equal(amount(null), "unknown");
  assert.equal(amount("0"), "$0");
});
