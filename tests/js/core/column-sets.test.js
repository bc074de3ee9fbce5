/** Column sets: what is kept of a draft comes back, what cannot be used is said. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { modelsOf, setOf, whyNot, withSet } from "../../../static/js/core/column-sets.js";
import { emptyDraft } from "../../../static/js/core/draft.js";

const columns = [
  { model: "demo/fast", overrides: {} },
  { model: "demo/fast", overrides: { temperature: 0, effort: "low", extra: { top_k: 1 }, schema: { type: "object" }, off: ["tools"] }, system: "", samples: 3 },
  { model: "gone/model", overrides: {} },
];
const draft = { ...emptyDraft(), prompt: "kept {a}", columns, values: { max_tokens: 9, effort: "high", tool_choice: "none" }, title: "T", tags: "a" };

test("columns and common parameters come back as they were", () => {
  const set = setOf(draft);
  assert.deepEqual(set.common, { params: { max_tokens: 9 }, reasoning: { effort: "high" }, tool_choice: "none" });
  assert.equal(set.columns[0], "demo/fast");
  const stored = { ...set, columns: set.columns.map((column) => (typeof column === "string" ? { model: column } : column)) };
  assert.deepEqual(withSet({ ...draft, columns: [], values: {} }, stored), draft);
});

test("a set without common parameters leaves those of the draft", () => {
  const loaded = withSet(draft, { columns: [{ model: "a/b" }], common: {} });
  assert.deepEqual([loaded.columns, loaded.values], [[{ model: "a/b", overrides: {} }], draft.values]);
});

test("models that cannot be used are told from those that nobody knows", () => {
  const models = new Map([["demo/fast", { id: "demo/fast", available: true }], ["a/b", { id: "a/b", available: false, why_unavailable: "no key" }]]);
  const providers = [{ id: "demo", available: true, why_unavailable: "" }, { id: "a", available: false, why_unavailable: "no key at all" }];
  const set = { columns: [{ model: "demo/fast" }, { model: "demo/fast" }, { model: "a/b" }] };
  assert.deepEqual(modelsOf(set, models).map(({ model, copies }) => [model, copies]), [["demo/fast", 2], ["a/b", 1]]);
  const why = (model) => whyNot(model, models.get(model) ?? null, providers);
  assert.deepEqual(["demo/fast", "a/b", "demo/typed", "a:typed", "gone/model"].map(why), [null, "no key", null, "no key at all", ""]);
});
