/** Parameters: empty is not sent, 0 is; what is wrong is said; overrides show as a badge. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { apiSettings, chipsOf, cleanValues, marksOf, outputOf, outputProblems, overrideBadge, parseParams, SAMPLES, textsOf, valuesOf } from "../../../static/js/core/params.js";

test("an empty field is no value, 0 is one", () => {
  const { values, problems } = parseParams({ temperature: "0", top_p: "", seed: " ", max_retries: "0" });

  assert.deepEqual(values, { temperature: 0, max_retries: 0 });
  assert.deepEqual(problems, {});
  assert.deepEqual(apiSettings(values), { params: { temperature: 0, max_retries: 0 } });
});

test("numbers may have a decimal comma, and nothing else that is odd", () => {
  const read = (text) => parseParams({ temperature: text });

  assert.equal(read("0,7").values.temperature, 0.7);
  assert.equal(read(".5").values.temperature, 0.5);
  for (const text of ["1e3", "0x1", "NaN", "1,000.5", "1 000", "--1", "∞", "Infinity"]) {
    assert.deepEqual(read(text).problems, { temperature: { code: "number" } }, text);
  }
});

test("limits are those of the server", () => {
  const wrong = { temperature: "10.1", top_p: "1.01", max_tokens: "0", seed: "1.5", timeout: "0", max_retries: "6", effort: "huge" };

  assert.deepEqual(Object.keys(parseParams(wrong).problems).sort(), Object.keys(wrong).sort());
  assert.deepEqual(parseParams({ timeout: "3601" }).problems.timeout, { code: "range", least: 0, most: 3600 });
  assert.deepEqual(parseParams({ temperature: "10", top_p: "1", max_tokens: "1", seed: "-3", timeout: "0.5", max_retries: "5" }).problems, {});
});

test("a seed too large to be kept exactly is refused, not rounded", () => {
  assert.deepEqual(parseParams({ seed: "9007199254740993" }).problems, { seed: { code: "integer" } });
});

test("stop sequences are lines with escapes, and survive a round trip", () => {
  const { values } = parseParams({ stop: "END\r\n\\n\\nUser:\n\\\\n" });

  assert.deepEqual(values.stop, ["END", "\n\nUser:", "\\n"]);
  assert.deepEqual(parseParams(textsOf(values)).values, values);
});

test("extra fields are a JSON object", () => {
  assert.deepEqual(parseParams({ extra: '{"top_k": 40}' }).values, { extra: { top_k: 40 } });
  for (const text of ["[1]", "null", "40", "{", '"x"']) assert.deepEqual(parseParams({ extra: text }).problems, { extra: { code: "json" } }, text);
});

test("what was stored by another version is cleaned", () => {
  const stored = { temperature: "warm", top_p: 0.5, stop: "END", effort: "low", extra: [1], unknown: 1, seed: null };

  assert.deepEqual(cleanValues(stored), { top_p: 0.5, effort: "low" });
  assert.deepEqual(cleanValues(null), {});
});

test("settings of a comparison become values again", () => {
  const values = { temperature: 0, stop: ["a"], effort: "high", extra: { top_k: 1 } };

  assert.deepEqual(valuesOf(JSON.parse(JSON.stringify(apiSettings(values)))), values);
  assert.deepEqual(valuesOf(undefined), {});
});

test("chips are in the order of the form", () => {
  assert.deepEqual(
    chipsOf({ extra: { top_k: 1, min_p: 0 }, stop: ["\n"], temperature: 0 }).map(({ label, text }) => `${label} ${text}`),
    ["temp 0", 'stop at "\\n"', "extra top_k, min_p"],
  );
});

test("the badge names the first difference and counts the others", () => {
  assert.equal(overrideBadge({ temperature: 0.6 }, { temperature: 0.3 }), "temp 0.6*");
  assert.equal(overrideBadge({ temperature: 0.6, seed: 1, top_p: 0.5 }, {}), "temp 0.6* +2");
  assert.equal(overrideBadge({ temperature: 0.3 }, { temperature: 0.3 }), "");
});

test("samples are a whole number up to what one turn may ask", () => {
  assert.deepEqual(parseParams({ samples: "3" }, [SAMPLES]).values, { samples: 3 });
  for (const text of ["0", "33", "1.5", "x"]) assert.ok(parseParams({ samples: text }, [SAMPLES]).problems.samples, text);
});

test("the marks of a column name its parameters, its system prompt and its samples", () => {
  const marks = marksOf({ overrides: { seed: 1 }, system: "Rhyme.", samples: 3 }, {});

  assert.deepEqual(marks.map(({ text }) => text), ["seed 1*", "system*", "× 3"]);
  assert.equal(marks[1].title, "Rhyme.");
  assert.match(marksOf({ overrides: {}, system: "" }, {})[0].title, /Without/);
  assert.deepEqual(marksOf({ overrides: {}, samples: 1 }, {}), []);
});

const TOOLS = [{ name: "weather", parameters: {} }, { type: "function", function: { name: "time" } }, { type: "web_search" }];
const SCHEMA = { title: "City", type: "object" };

test("everything that can be set becomes what the API calls it, and comes back", () => {
  const values = {
    temperature: 0, logprobs: true, top_logprobs: 0, service_tier: "flex", effort: "low", budget: 0, summary: "concise",
    schema: SCHEMA, method: "json_schema", strict: false, stream: false, protocol: "responses", extra: { top_k: 1 },
    enabled: true, exclude: false, tools: TOOLS, tool_choice: { name: "weather" }, modalities: ["text", "image"],
    routing: { provider: { order: ["groq"] } }, off: ["output", "tools"],
  };
  const sent = apiSettings(values);

  assert.deepEqual(sent, {
    params: { temperature: 0, logprobs: true, top_logprobs: 0, service_tier: "flex" },
    reasoning: { effort: "low", summary: "concise", budget: 0, enabled: true, exclude: false },
    tools: TOOLS,
    tool_choice: { name: "weather" },
    modalities: ["text", "image"],
    routing: { provider: { order: ["groq"] } },
    off: ["output", "tools"],
    output: { schema: SCHEMA, method: "json_schema", strict: false },
    stream: false,
    protocol: "responses",
    extra: { top_k: 1 },
  });
  assert.deepEqual(valuesOf(JSON.parse(JSON.stringify(sent))), values);
  assert.deepEqual(valuesOf(values), values);
  assert.deepEqual(parseParams(textsOf(values)), { values, problems: {} });
});

test("tools are a list of things with a name; one alone will do", () => {
  assert.deepEqual(parseParams({ tools: JSON.stringify(TOOLS[0]) }).values, { tools: [TOOLS[0]] });
  for (const wrong of ["{}", "[1]", "[{}]", "[", "null"]) assert.deepEqual(parseParams({ tools: wrong }).problems, { tools: { code: "tools" } });
  assert.deepEqual(parseParams({ tool_choice: "required" }).values, { tool_choice: "required" });
  assert.deepEqual(chipsOf({ tools: TOOLS, tool_choice: { name: "time" }, modalities: ["text", "audio"] }).map(({ text }) => text), [
    "weather, time, web_search", "time", "text and sound",
  ]);
});

test("yes and no are values, anything else is not", () => {
  assert.deepEqual(parseParams({ stream: "false", logprobs: "true", strict: "" }).values, { stream: false, logprobs: true });
  assert.deepEqual(parseParams({ stream: "0" }).problems, { stream: { code: "choice" } });
  assert.deepEqual(parseParams({ protocol: "auto" }).problems, { protocol: { code: "choice" } });
  assert.deepEqual(parseParams({ service_tier: "x".repeat(65) }).problems, { service_tier: { code: "long", most: 64 } });
});

test("a column takes what it does not say of its output from all columns", () => {
  assert.deepEqual(outputOf({ method: "function_calling" }, { schema: SCHEMA, strict: true }), { schema: SCHEMA, method: "function_calling", strict: true });
  assert.deepEqual(outputOf({ method: "json_mode" }, { schema: SCHEMA, strict: true }), { schema: SCHEMA, method: "json_mode" });
  assert.equal(outputOf({ seed: 1 }, { schema: SCHEMA }), undefined);
});

test("only JSON mode does without a schema", () => {
  assert.deepEqual(outputProblems({ strict: true }), { schema: { code: "no_schema" } });
  assert.deepEqual(outputProblems({ method: "auto" }), { schema: { code: "no_schema" } });
  assert.deepEqual(outputProblems({ method: "json_mode" }), {});
  assert.deepEqual(outputProblems({ strict: true }, { schema: SCHEMA }), {});
  assert.deepEqual(outputProblems({}), {});
});

test("chips say what is chosen in words", () => {
  const texts = chipsOf({ schema: SCHEMA, method: "json_mode", strict: true, stream: false, protocol: "chat" }).map(({ label, text }) => `${label} ${text}`);

  assert.deepEqual(texts, ["JSON City", "method JSON mode", "strict yes", "answer in one piece", "via Chat Completions"]);
  assert.equal(chipsOf({ schema: { type: "object" } })[0].text, "by schema");
});

test("the protocol of a column is named beside its other differences", () => {
  const marks = marksOf({ overrides: { protocol: "messages", seed: 1, stream: false } }, {});

  assert.deepEqual(marks.map(({ text }) => text), ["via Messages", "seed 1* +1"]);
});
