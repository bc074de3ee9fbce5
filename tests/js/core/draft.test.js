/** The draft: what is sent, what is kept, and that one draft is submitted once. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { answersOf } from "../../../static/js/core/draft-columns.js";
import {
  askedOf, columnOf, draftOf, emptyDraft, fieldOf, firstColumns, lastUsed, paramOf, problemOf, requestOf, restoreDraft, submissionOf, tagsOf,
} from "../../../static/js/core/draft.js";

const column = (model, overrides = {}) => ({ model, overrides });
const draft = (changes) => ({ ...emptyDraft(), prompt: "Why?", columns: [column("demo/fast")], ...changes });

test("a plain draft is a prompt and model names", () => {
  assert.deepEqual(requestOf(draft()), { prompt: "Why?", models: ["demo/fast"] });
});

test("the prompt goes as it was written, spaces and all", () => {
  assert.equal(requestOf(draft({ prompt: "  two\n\n" })).prompt, "  two\n\n");
});

test("common values, overrides, title and tags are where the API wants them", () => {
  const body = requestOf(draft({
    system: "Be brief", title: " Trial ", tags: "maths， 数学, maths,", values: { temperature: 0, effort: "low" },
    columns: [column("demo/fast"), { ...column("a/b", { temperature: 0.6, effort: "high" }), system: "" }],
  }));

  assert.deepEqual(body, {
    prompt: "Why?",
    system: "Be brief",
    models: ["demo/fast", { model: "a/b", params: { temperature: 0.6 }, reasoning: { effort: "high" }, system: "" }],
    params: { temperature: 0 },
    reasoning: { effort: "low" },
    title: "Trial",
    tags: ["maths", "数学"],
  });
});

test("common extra fields reach every column, and a column's own win", () => {
  const body = requestOf(draft({ values: { extra: { top_k: 1, x: 1 } }, columns: [column("a/b"), column("a/c", { extra: { x: 2 } })] }));

  assert.deepEqual(body.models, [{ model: "a/b", extra: { top_k: 1, x: 1 } }, { model: "a/c", extra: { top_k: 1, x: 2 } }]);
  assert.equal("extra" in body, false);
});

test("a column is asked with a system prompt and samples of its own", () => {
  const own = [columnOf("a/b", { values: {}, system: "Rhyme.", samples: 3 }), columnOf("a/c", { values: {}, system: "" }), columnOf("a/d", { values: {}, samples: 1 })];

  assert.deepEqual(requestOf(draft({ columns: own })).models, [{ model: "a/b", system: "Rhyme.", samples: 3 }, { model: "a/c", system: "" }, "a/d"]);
  assert.equal(answersOf(own), 5);
  assert.deepEqual(restoreDraft({ columns: own }).columns, own);
  assert.deepEqual(restoreDraft({ columns: [{ model: "a/b", samples: 99, system: 4 }] }).columns, [column("a/b")]);
  assert.deepEqual(lastUsed(draft({ columns: own })).columns[0], { model: "a/b", overrides: {}, samples: 3 });
});

test("the same body keeps its key, another body gets another", () => {
  let made = 0;
  const newKey = () => `key-${(made += 1)}`;
  const first = submissionOf("body", null, newKey);

  assert.equal(submissionOf("body", first, newKey).key, "key-1");
  assert.equal(submissionOf("other", first, newKey).key, "key-2");
});

test("an unfinished draft says what is missing", () => {
  assert.equal(problemOf(draft()), null);
  assert.deepEqual(problemOf(draft({ prompt: " \n" })), { field: "prompt", code: "no_prompt" });
  assert.equal(problemOf(draft({ prompt: "", attachments: [{ id: "a".repeat(32), kind: "image", mime: "image/png", name: "a.png", size: 1 }] })), null);
  const many = columnOf("a/b", { values: {}, samples: 17 });
  assert.deepEqual(problemOf(draft({ columns: [many, many] })), { field: "models", code: "too_many_answers", asked: 34 });
  assert.deepEqual(problemOf(draft({ columns: [] })), { field: "models", code: "no_models" });
});

test("an error of the API finds its field, however it names it", () => {
  assert.deepEqual(fieldOf({ field: "models.1", model: "x/y" }), { field: "models", index: 1 });
  assert.deepEqual(fieldOf([{ loc: ["body", "asked", "params", "temperature"], msg: "too hot" }]), { field: "params", index: null });
  assert.deepEqual(fieldOf([{ loc: ["body", "models", 3, "ColumnInput", "params"] }]), { field: "models", index: 3 });
  for (const nothing of [null, undefined, {}, [], "text", { field: "constructor" }, { field: 3 }]) {
    assert.deepEqual(fieldOf(nothing), { field: "form", index: null });
  }
});

test("the first visit gets the simulated models, or else what can be used", () => {
  const model = (id, available = true) => ({ id, available });
  const demo = ["demo/markdown", "demo/fast", "demo/slow", "demo/thinker"].map((id) => model(id));

  assert.deepEqual(firstColumns(demo).map((c) => c.model), ["demo/fast", "demo/thinker", "demo/markdown"]);
  assert.deepEqual(firstColumns([model("a/x", false), model("a/y")]).map((c) => c.model), ["a/y"]);
});

test("a model of this machine is not chosen because a catalog knows it", () => {
  const model = (id, source) => ({ id, available: true, local: true, source });

  assert.deepEqual(firstColumns([model("yuan2/yuan2", "catalog"), model("ollama/x", "discovered")]).map((c) => c.model), ["ollama/x"]);
});

test("what comes from storage is safe whatever it is", () => {
  for (const stored of [null, 1, "x", [], { columns: "x" }, { columns: [null, {}, { model: 1 }, { model: "" }] }]) {
    assert.deepEqual(restoreDraft(stored), emptyDraft());
  }
  assert.deepEqual(restoreDraft({ prompt: 3, columns: [{ model: "a/b", overrides: { seed: "x", top_p: 1 } }] }).columns, [column("a/b", { top_p: 1 })]);
});

test("what is remembered for next time holds no words and no extra body", () => {
  const used = lastUsed(draft({ system: "s", title: "t", values: { seed: 1, extra: { key: "sk" } }, columns: [column("a/b", { extra: { k: 1 } })] }));

  assert.deepEqual(used, { columns: [column("a/b")], values: { seed: 1 } });
});

test("tags may be separated by commas of either script", () => {
  assert.deepEqual(tagsOf("a，b、c, ,a"), ["a", "b", "c"]);
  assert.equal(tagsOf(Array.from({ length: 30 }, (_, n) => n).join(",")).length, 16);
});

test("a comparison becomes a draft again that asks the same", () => {
  const original = draft({ system: "Be brief", tags: "a, b", values: { temperature: 0 }, columns: [column("a/b", { seed: 7 }), { ...column("a/c"), system: "x", samples: 2 }] });
  const sent = requestOf(original);
  const state = {
    system: sent.system, tags: sent.tags, settings: { params: sent.params },
    columns: sent.models.map((entry) => ({ model: entry.model, samples: entry.samples ?? 1, overrides: { ...entry, model: undefined, samples: undefined } })),
    turns: [{ id: "t", messages: [{ role: "user", content: [{ kind: "text", text: "Why?" }, { kind: "image" }] }] }],
  };

  assert.deepEqual(askedOf(state), [{ id: "t", text: "Why?", before: [], files: [], missing: [] }]);
  assert.deepEqual(requestOf(draftOf(state)), sent);
  assert.equal(draftOf(state, { withPrompt: false }).prompt, "");
  const odd = { ...state, tags: ["Rust, async", "b，c", "plain"] };
  const stored = JSON.parse(JSON.stringify(draftOf(odd)));
  assert.deepEqual(requestOf(restoreDraft(stored)).tags, odd.tags, "tags that hold commas stay whole, after a reload too");
  assert.deepEqual(requestOf({ ...restoreDraft(stored), tags: `${stored.tags}, x,y` }).tags, [...odd.tags, "x", "y"]);
});

test("an output schema is asked of all columns, with what one of them sets over it", () => {
  const schema = { type: "object" };
  const body = requestOf(draft({ values: { schema, strict: true, stream: false }, columns: [column("a/b"), column("a/c", { method: "json_mode", stream: true, protocol: "chat" })] }));

  assert.deepEqual(body.output, { schema, strict: true });
  assert.deepEqual(body.models, [{ model: "a/b", stream: false }, { model: "a/c", stream: true, protocol: "chat", output: { schema, method: "json_mode" } }]);
});

test("a comparison opened again keeps protocol, output, reasoning and streaming", () => {
  const values = { schema: { type: "object" }, method: "function_calling", effort: "low", budget: 2048, summary: "auto", logprobs: true };
  const first = draft({ values, columns: [column("a/b", { protocol: "responses", stream: false }), column("a/c", { strict: true })] });
  const sent = JSON.parse(JSON.stringify(requestOf(first)));
  const columns = sent.models.map((entry) => (({ model, ...overrides }) => ({ model, overrides }))(entry));
  const again = draftOf({ settings: { reasoning: sent.reasoning, output: sent.output, params: sent.params }, columns, turns: [] });

  assert.deepEqual(again.values, values);
  assert.deepEqual(again.columns[0].overrides, { protocol: "responses", stream: false });
  assert.deepEqual(requestOf({ ...again, prompt: first.prompt }).models, sent.models);
});

test("an error is traced to the parameter that it speaks of", () => {
  assert.equal(paramOf([{ field: "output" }]), "schema");
  assert.equal(paramOf([{ field: "output.schema" }]), "schema");
  assert.equal(paramOf([{ field: "models.1.output.strict" }]), "strict");
  assert.equal(paramOf([{ field: "models.0.ColumnInput.reasoning.budget" }]), "budget");
  assert.equal(paramOf([{ field: "params.top_logprobs" }]), "top_logprobs");
  assert.equal(paramOf([{ field: "models.0.protocol" }]), "protocol");
  assert.equal(paramOf([{ field: "tags.0" }]), null);
  assert.equal(paramOf(null), null);
});

test("a schema belongs to its question and is not remembered for the next", () => {
  const used = lastUsed(draft({ values: { seed: 1, schema: { type: "object" }, strict: true, method: "auto" } }));

  assert.deepEqual(used.values, { seed: 1 });
});

test("what the API takes as it is goes to all columns, and what one does without to that one", () => {
  const values = { tools: [{ name: "f" }], tool_choice: "auto", modalities: ["text", "image"], routing: { models: ["a/b"] } };
  const draft = { ...emptyDraft(), prompt: "hi", values, columns: [{ model: "a/b", overrides: { off: ["tools"] } }, { model: "c/d", overrides: {} }] };
  const { tools, tool_choice, modalities, routing, models } = requestOf(draft);

  assert.deepEqual({ tools, tool_choice, modalities, routing }, values);
  assert.deepEqual(models, [{ model: "a/b", off: ["tools"] }, "c/d"]);
  assert.deepEqual(lastUsed(draft).values, { modalities: ["text", "image"], routing: { models: ["a/b"] } });
});

test("a refusal of tools or routing is shown at their field", () => {
  assert.equal(paramOf([{ loc: ["body", "tools", 0] }]), "tools");
  assert.equal(paramOf([{ loc: ["body", "models", 0, "routing", "provider"] }]), "routing");
  assert.deepEqual(fieldOf([{ loc: ["body", "routing", "route"] }]), { field: "params", index: null });
});
