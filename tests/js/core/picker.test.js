/** The picker: what matches, in which order, at what price, and which typed ids are usable. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { contextText, cut, FILTERS, groupsOf, iconsOf, idsOf, pieces, priceText, setCopies, total, typedModel } from "../../../static/js/core/picker.js";

const model = (id, changes = {}) => {
  const [provider, ...rest] = id.split("/");
  return {
    id, provider, provider_label: provider.toUpperCase(), model_id: rest.join("/"), label: rest.join("/"), capabilities: {},
    context_window: null, prices: null, available: true, why_unavailable: null, ...changes,
  };
};

const LIST = [
  model("openai/gpt-large", { available: false, why_unavailable: "no key" }),
  model("mistral/large", { capabilities: { tools: true, reasoning: null }, context_window: 131072, prices: { input: "2", output: "6" } }),
  model("mistral/small", { capabilities: { reasoning: true, image_input: true }, prices: { input: "0.1", output: "0.3" } }),
  model("demo/fast", { label: "Schnell 快", prices: { input: "0", output: "0" }, capabilities: { local: true } }),
];

const found = (query, ...filters) => groupsOf(LIST, { query, filters }).flatMap((group) => group.models.map(({ id }) => id));

test("every word must occur, in id, label or provider, in any case and width", () => {
  assert.deepEqual(found("LARGE mistral"), ["mistral/large"]);
  assert.deepEqual(found("快"), ["demo/fast"]);
  assert.deepEqual(found("ｓmall"), ["mistral/small"]);
  assert.deepEqual(found("nothing"), []);
});

test("what can be used comes first, and what begins with the word", () => {
  assert.deepEqual(found(""), ["mistral/large", "mistral/small", "demo/fast", "openai/gpt-large"]);
  assert.deepEqual(found("s"), ["mistral/small", "mistral/large", "demo/fast"]);
});

test("filters are all required, and unknown is not yes", () => {
  assert.deepEqual(found("", "reasoning"), ["mistral/small"]);
  assert.deepEqual(found("", "reasoning", "tools"), []);
  assert.deepEqual(found("", "cheap"), ["mistral/small", "demo/fast"]);
  assert.deepEqual(found("", "long"), ["mistral/large"]);
  assert.deepEqual(found("", "ready").includes("openai/gpt-large"), false);
  assert.equal(FILTERS.cheap(model("a/b", { prices: { input: "0.1" } })), false);
});

test("a price is shown as far as it is known; zero is free, unknown is nothing", () => {
  assert.equal(priceText(LIST[1]), "$2 / $6");
  assert.equal(priceText(LIST[3]), "free");
  assert.equal(priceText(LIST[0]), "");
  assert.equal(priceText(model("a/b", { prices: { input: "0.0375", output: null } })), "$0.0375 / –");
});

test("context windows are short, binary sizes too", () => {
  assert.equal(contextText(LIST[1]), "128k");
  assert.equal(contextText(model("a/b", { context_window: 200000 })), "200k");
  assert.equal(contextText(model("a/b", { context_window: 1048576 })), "1M");
  assert.equal(contextText(LIST[0]), "");
});

test("icons are for what is known to be there", () => {
  assert.deepEqual(iconsOf(LIST[2]), ["reasoning", "vision"]);
});

test("long lists are cut and say by how much", () => {
  const list = Array.from({ length: 7 }, (_, n) => model(`p${n % 2}/m${n}`));
  const { groups, left } = cut(groupsOf(list, { query: "", filters: [] }), 5);

  assert.equal(groups.reduce((sum, group) => sum + group.models.length, 0), 5);
  assert.equal(left, 2);
  assert.equal(cut(groupsOf(list, { query: "", filters: [] }), 50).left, 0);
});

test("what matched is marked, and the text stays whole", () => {
  assert.deepEqual(pieces("deep-Think-r1", "think"), [
    { text: "deep-", hit: false }, { text: "Think", hit: true }, { text: "-r1", hit: false },
  ]);
  for (const text of ["İstanbul", "a<b>", "𝒳y", ""]) assert.equal(pieces(text, "s < y").map((part) => part.text).join(""), text);
});

test("a typed id works for a provider that has no rows yet", () => {
  const providers = [{ id: "ollama", label: "Ollama", available: true, why_unavailable: "" }];
  assert.equal(typedModel("ollama/qwen3:8b", LIST, providers)?.provider_label, "Ollama");
  assert.equal(typedModel("nobody/x", LIST, providers), null);
});

test("a typed id works if its provider is known and no row has it", () => {
  assert.equal(typedModel("openai/ft:gpt-large:org::x1", LIST)?.id, "openai/ft:gpt-large:org::x1");
  assert.equal(typedModel("openai:ft/x", LIST)?.id, "openai/ft/x");
  assert.equal(typedModel(" mistral/new ", LIST)?.model_id, "new");
  for (const text of ["mistral/large", "unknown/x", "mistral", "mistral/", "/x", ":x", "", "mistral/a b"]) {
    assert.equal(typedModel(text, LIST), null, text);
  }
});

test("copies never pass the room there is", () => {
  let wanted = setCopies(new Map(), "a", 3, 5);
  wanted = setCopies(wanted, "b", 9, 5);

  assert.equal(total(wanted), 5);
  assert.deepEqual(idsOf(wanted), ["a", "a", "a", "b", "b"]);
  assert.deepEqual(idsOf(setCopies(wanted, "a", 0, 5)), ["b", "b"]);
});
