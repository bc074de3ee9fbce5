/** Drafts that are made of a kept prompt: what is asked for, what is sent, what survives. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { draftOf, emptyDraft, fieldOf, problemOf, requestOf, restoreDraft } from "../../../static/js/core/draft.js";
import { asTemplate, isChanged, splitTurn, templateOf, variablesOf, withoutTemplate, withTemplate } from "../../../static/js/core/template.js";
import { rendered } from "../../../static/js/core/variables.js";

const MESSAGES = [
  { role: "user", content: "Say {a}" },
  { role: "assistant", content: "{{a}}" },
  { role: "user", content: "Say {b} to {a}" },
];
const prompt = { id: "p", name: "Greeting", mine: true, version: { id: "v", number: 3, system: "In {language}", messages: MESSAGES } };
const chosen = (changes = {}) => ({ ...withTemplate({ ...emptyDraft(), columns: [{ model: "demo/fast", overrides: {} }] }, templateOf(prompt)), ...changes });
const values = { language: "en", a: "{b}", b: "x" };

test("a chosen prompt fills the texts and asks for its variables", () => {
  const draft = chosen();
  assert.deepEqual([draft.system, draft.prompt, draft.before.length], ["In {language}", "Say {b} to {a}", 2]);
  assert.deepEqual(variablesOf(draft), ["language", "a", "b"]);
  assert.deepEqual(problemOf(draft), { field: "variables.language", code: "no_value", name: "language" });
  assert.equal(problemOf(chosen({ variables: values })), null);
});

test("an unchanged prompt is named, with its values and no others", () => {
  const body = requestOf(chosen({ variables: { ...values, more: "y" } }));
  assert.deepEqual(body, { prompt_version: "v", variables: values, models: ["demo/fast"] });
});

test("a changed one is sent as messages with the values in place, once", () => {
  const draft = chosen({ variables: { ...values, c: "z" }, prompt: "Say {c}" });
  assert.ok(isChanged(draft));
  assert.deepEqual(requestOf(draft), {
    messages: [{ role: "user", content: "Say {b}" }, { role: "assistant", content: "{a}" }, { role: "user", content: "Say z" }],
    system: "In en",
    models: ["demo/fast"],
  });
});

test("without a template braces are braces", () => {
  const plain = withoutTemplate(chosen({ variables: values }));
  assert.deepEqual(variablesOf(plain), []);
  assert.equal(problemOf(plain), null);
  assert.deepEqual(requestOf(plain), { prompt: "Say {b} to {a}", system: "In {language}", models: ["demo/fast"] });
});

test("it survives being stored, and nonsense does not", () => {
  const draft = chosen({ variables: { ...values, ["__proto__"]: "v" } });
  assert.deepEqual(restoreDraft(JSON.parse(JSON.stringify(draft))), draft);
  const broken = restoreDraft({ prompt: "x", template: { version: 1 }, variables: { a: 5 }, before: [{ role: "tool", content: "x" }, null] });
  assert.deepEqual([broken.template, broken.variables, broken.before], [null, {}, []]);
});

test("problems of variables are said at their fields", () => {
  assert.deepEqual(fieldOf([{ field: "variables.语言", message: "" }]), { field: "variables.语言", index: null });
  assert.deepEqual(fieldOf([{ field: "variables", message: "" }]), { field: "prompt", index: null });
});

test("a plain text becomes the text of a prompt that says just that", () => {
  for (const text of ["Hello {name}", '{"a": {"b": 1}}', "a {{b}}", "plain"]) assert.equal(rendered(asTemplate(text), {}), text);
  assert.equal(asTemplate('{"a": {"b": 1}}'), '{"a": {"b": 1}}');
});

test("few-shot messages of a comparison are kept when it is edited as new", () => {
  const said = MESSAGES.map(({ role, content }) => ({ role, content: [{ kind: "text", text: content }] }));
  const draft = draftOf({ turns: [{ id: "t", messages: said }], columns: [{ model: "demo/fast" }] });
  assert.deepEqual(requestOf(draft), { messages: MESSAGES, models: ["demo/fast"] });
  assert.deepEqual(splitTurn({ messages: [said[0], said[2]] }), { before: [], prompt: "Say {a}\n\nSay {b} to {a}" });
});
