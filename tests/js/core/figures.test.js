/** What stands on a card: format, metrics, pace, status, advice, letters, race, winners. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { ERROR_CODES, banner, errorWords, verdict } from "../../../static/js/core/advice.js";
import { newRun } from "../../../static/js/core/fold.js";
import { about, contextSize, count, duration, money, prettyJson, speed, splitModel } from "../../../static/js/core/format.js";
import { hueOf, letterOf } from "../../../static/js/core/letters.js";
import { figures } from "../../../static/js/core/metrics.js";
import { Pace, estimateTokens } from "../../../static/js/core/pace.js";
import { reasoningTime, scale, segments } from "../../../static/js/core/race.js";
import { shortStatus, statusOf } from "../../../static/js/core/status.js";
import { winners } from "../../../static/js/core/winners.js";

const run = (more = {}) => ({ ...newRun({ run: "r" }), ...more });
const done = (id, timings, cost = null, more = {}) => run({ id, status: "finished", finish_reason: "stop", timings, cost, ...more });
const text = (value, kind = "text") => [{ index: 0, kind, text: value }];

test("letters go on after Z, hues repeat", () => {
  assert.deepEqual([0, 25, 26, 27, 51, 52, 701, 702].map(letterOf), ["A", "Z", "AA", "AB", "AZ", "BA", "ZZ", "AAA"]);
  assert.deepEqual([hueOf(0), hueOf(8)], ["hue-1", "hue-1"]);
});

test("durations, counts and speeds", () => {
  assert.deepEqual([413, 7200, 12345, 83000, 59960, 0].map((ms) => duration(ms)), ["0.41 s", "7.20 s", "12.3 s", "1 min 23 s", "1 min 0 s", "0.00 s"]);
  assert.equal(duration(7249, { live: true }), "7.2 s…");
  assert.deepEqual([count(12345), count(571.4, { live: true }), speed(88.4), speed(3.14159)], ["12,345", "571…", "88 t/s", "3.1 t/s"]);
});

test("an estimate, or a sum with one in it, has a sign before it", () => {
  assert.deepEqual([about({ amount: "2", source: "estimated" }), about({ amount: "2", source: "computed" }), about(null)], ["≈ $2.00", "$2.00", "–"]);
});

test("unknown is a dash, never 0", () => {
  for (const unknown of [null, undefined, NaN]) {
    assert.deepEqual([duration(unknown), count(unknown), speed(unknown), contextSize(unknown)], ["–", "–", "–", "–"]);
  }
  assert.deepEqual([money(null), money({ amount: "" }), money({ amount: "x" })], ["–", "–", "–"]);
});

test("money keeps what matters of small amounts", () => {
  const amounts = ["0", "0.0000421", "0.0012", "0.0123", "0.5", "3.14159"];
  assert.deepEqual(amounts.map((amount) => money({ amount })), ["$0", "$0.000042", "$0.0012", "$0.0123", "$0.50", "$3.14"]);
  assert.equal(money({ amount: "2", currency: "EUR" }), "€2.00");
});

test("sizes, model names and JSON", () => {
  assert.deepEqual([4096, 32768, 131072, 128000, 1048576, 2000000].map(contextSize), ["4k", "32k", "128k", "128k", "1M", "2M"]);
  assert.deepEqual(splitModel("openrouter/vendor/model:free"), { provider: "openrouter", name: "vendor/model:free" });
  assert.deepEqual(splitModel("ollama:qwen/x"), { provider: "ollama", name: "qwen/x" });
  assert.deepEqual(splitModel("bare"), { provider: "", name: "bare" });
  assert.equal(prettyJson('{"a":1}'), '{\n  "a": 1\n}');
  assert.equal(prettyJson('{"a":'), '{"a":');
});

test("tokens are estimated by script", () => {
  assert.equal(estimateTokens("abcdefgh"), 2);
  assert.equal(estimateTokens("收敛速"), 2);
});

test("figures of a live run are marked as estimates; usage that is known stays exact", () => {
  const pace = new Pace();
  pace.note({ type: "run.queued" }, 0);
  pace.note({ type: "run.delta", kind: "text", text: "x".repeat(400), at: 500 }, 520);
  pace.note({ type: "run.delta", kind: "text", text: "x".repeat(400), at: 1500 }, 1520);
  const shown = figures(run({ status: "running", usage: { input: 9 } }), pace, 2000);
  assert.deepEqual([shown.ttft.text, shown.speed.text, shown.total.text, shown.cost.text], ["0.50 s", "200 t/s…", "2.0 s…", "–"]);
  assert.deepEqual([shown.tokens.input.text, shown.tokens.output.text], ["9", "200…"]);
  assert.match(shown.tokens.output.title, /Estimated/);
});

test("figures of a finished run are as reported; zero cached tokens are left off, unknown ones are a dash", () => {
  const usage = { input: 412, output: 624, cache_read: 0, reasoning: 0 };
  const timings = { ttft_ms: 410, total_ms: 4800, tokens_per_s: 142 };
  const known = figures(run({ status: "finished", usage, timings, cost: { amount: "0", source: "computed" } }), new Pace(), 0);
  assert.deepEqual([known.ttft.text, known.speed.text, known.total.text, known.cost.text], ["0.41 s", "142 t/s", "4.80 s", "$0"]);
  const about = { amount: "1", source: "estimated" };
  const [whole, cut] = ["finished", "cancelled"].map((status) => figures(run({ status, usage, timings, cost: about }), new Pace(), 0).cost);
  assert.deepEqual([whole.text, cut.text, cut.title], ["≈ $1.00", "≈ $1.00", "estimated from the text that came: the answer ended before the provider reported its count"]);
  assert.match(whole.title, /^estimated: something in this answer .+ is not known$/);
  assert.deepEqual(known.tokens, { input: { text: "412", title: "" }, cached: "", output: { text: "624", title: "" }, reasoning: "" });
  const unknown = figures(run({ status: "finished" }), new Pace(), 0);
  for (const figure of [unknown.ttft, unknown.speed, unknown.total, unknown.cost, unknown.tokens.input, unknown.tokens.output]) {
    assert.deepEqual(figure, { text: "–", title: "unknown" });
  }
});

const STATES = [
  [{ status: "queued" }, "idle", "Queued"],
  [{ status: "running" }, "live", "Connecting"],
  [{ status: "running", timings: { connect_ms: 5 } }, "live", "Waiting for the first token"],
  [{ status: "running", content: text("x", "reasoning") }, "live", "Reasoning"],
  [{ status: "running", content: text("{", "tool_call") }, "live", "Calling a tool"],
  [{ status: "running", content: text("x") }, "live", "Streaming"],
  [{ status: "finished", finish_reason: "stop" }, "done", "Done · stop"],
  [{ status: "finished", finish_reason: null }, "done", "Done"],
  [{ status: "finished", finish_reason: "length" }, "warn", "Cut off · length"],
  [{ status: "finished", finish_reason: "content_filter" }, "warn", "Cut off · content filter"],
  [{ status: "finished", finish_reason: "refusal" }, "warn", "Refused"],
  [{ status: "failed", error: { code: "rate_limited", status: 429 } }, "bad", "Failed · 429 rate limited"],
  [{ status: "failed", error: { code: "incomplete", status: 200 } }, "bad", "Failed · broke off"],
  [{ status: "failed", error: { code: "connection", status: 302 } }, "bad", "Failed · 302 redirected"],
  [{ status: "failed", error: { code: "of tomorrow" } }, "bad", "Failed · of tomorrow"],
  [{ status: "cancelled" }, "idle", "Stopped"],
  [{ status: "interrupted" }, "bad", "Interrupted"],
  [{ status: "of tomorrow" }, "idle", "of tomorrow"],
  [{ status: "finished", finish_reason: "stop", native_finish_reason: "STOP" }, "done", "Done · stop"],
  [{ status: "finished", finish_reason: "stop", native_finish_reason: "galactic_reset" }, "warn", "Ended · “galactic_reset”"],
  [{ status: "finished", finish_reason: "stop", native_finish_reason: "x".repeat(99) }, "warn", `Ended · “${"x".repeat(40)}…”`],
  [{ status: "finished", finish_reason: "stop", native_finish_reason: "pause_turn" }, "warn", "Paused by the provider"],
];
for (const [more, tone, words] of STATES) {
  test(`status: ${words}`, () => {
    const word = statusOf(run(more));
    assert.deepEqual([word.tone, word.text], [tone, words]);
  });
}

test("counts of an answer that broke off are marked as early ones", () => {
  const usage = { input: 11, output: 1, reasoning: 1 };
  const { tokens } = figures(run({ status: "failed", usage }), new Pace(), 0);
  assert.deepEqual([tokens.input.text, tokens.output.text, tokens.reasoning], ["11", "1…", "1…"]);
  const whole = figures(run({ status: "failed", finish_reason: "error", usage }), new Pace(), 0).tokens;
  assert.deepEqual([whole.output.text, whole.reasoning], ["1", "1"]);
});

test("a retry counts down and says which one it is", () => {
  const waiting = run({ status: "retrying", retries: [{}] });
  assert.equal(statusOf(waiting, { untilRetry: 11_200, maxRetries: 3 }).text, "Retrying in 12 s (1/3)");
  assert.equal(statusOf(waiting).text, "Retrying (1/2)");
});

test("the tab of a phone says the most in the fewest letters", () => {
  assert.equal(shortStatus(run({ status: "running", content: text("x") }), "88 t/s…"), "88 t/s…");
  assert.equal(shortStatus(done("a", { total_ms: 4800 }), ""), "4.80 s");
  assert.equal(shortStatus(run({ status: "failed", error: { code: "rate_limited", status: 429 } }), ""), "429");
  assert.equal(shortStatus(run({ status: "failed", error: { code: "authentication", status: null } }), ""), "no key");
});

test("there is advice for every error code of the providers", () => {
  const source = readFileSync(new URL("../../../providers/contract/errors.py", import.meta.url), "utf-8");
  const codes = [...source.split("ErrorCode = Literal[")[1].split("]")[0].matchAll(/"(\w+)"/g)].map(([, code]) => code);
  assert.deepEqual([...codes].sort(), [...ERROR_CODES].sort());
  for (const code of codes) for (const part of ["name", "title", "advice"]) assert.ok(errorWords(code)[part]);
});

test("an answer that is not whole always says so", () => {
  const partial = text("half an ans");
  const endings = [
    { status: "failed", error: { code: "incomplete" } },
    { status: "interrupted" },
    { status: "cancelled" },
    { status: "finished", finish_reason: "length" },
    { status: "finished", finish_reason: "content_filter" },
    { status: "finished", finish_reason: "error" },
  ];
  for (const ending of endings) assert.ok(banner(run({ ...ending, content: partial })), JSON.stringify(ending));
  assert.ok(banner(run({ status: "finished", finish_reason: "stop" })));
  assert.equal(banner(run({ status: "finished", finish_reason: "stop", content: partial })), null);
  assert.equal(banner(run({ status: "running", content: partial })), null);
});

test("segments of a run have no gaps and end where it ended", () => {
  const trace = [[700, "reasoning", 5], [900, "reasoning", 5], [1500, "tool_call", 2], [2000, "text", 3], [2500, "text", 3]];
  const pieces = segments(run({ status: "finished", trace, timings: { total_ms: 2600 } }));
  assert.deepEqual(pieces, [
    { kind: "wait", from: 0, to: 700 },
    { kind: "reasoning", from: 700, to: 1500 },
    { kind: "tool", from: 1500, to: 2000 },
    { kind: "answer", from: 2000, to: 2600 },
  ]);
});

test("without a trace the timings tell what they can", () => {
  const finished = run({ status: "finished", timings: { ttft_ms: 100, ttfa_ms: 400, total_ms: 900 } });
  assert.deepEqual(segments(finished).map(({ kind, to }) => [kind, to]), [["wait", 100], ["reasoning", 400], ["answer", 900]]);
  assert.equal(reasoningTime(finished), 300);
});

test("phases of a snapshot come before what is seen live", () => {
  const live = run({ status: "running", phases: [["reasoning", 100, 500]], trace: [[600, "text", 3]] });
  assert.deepEqual(segments(live, 1000).map(({ kind, to }) => [kind, to]), [["wait", 100], ["reasoning", 600], ["answer", 1000]]);
});

test("a long silence is waiting, whatever came before it; a tool is at work", () => {
  const kinds = (more, elapsed) => segments(run(more), elapsed).map(({ kind, to }) => [kind, to]);
  const trace = [[500, "text", 1], [900, "text", 1], [5000, "text", 1]];
  assert.deepEqual(kinds({ status: "running", trace }, 6000), [["wait", 500], ["answer", 900], ["wait", 5000], ["answer", 6000]]);
  assert.deepEqual(kinds({ status: "running", trace: [[500, "text", 1]] }, 9000), [["wait", 500], ["answer", 500], ["wait", 9000]]);
  assert.deepEqual(kinds({ status: "running", trace }, 9000).slice(3), [["answer", 5000], ["wait", 9000]], "the last token is 4 s old");
  assert.deepEqual(kinds({ status: "running", trace: [[500, "tool_call", 1], [9000, "text", 1]] }, 9000), [["wait", 500], ["tool", 9000], ["answer", 9000]]);
  const phases = [["reasoning", 100, 900], ["text", 8000, 8500]];
  assert.deepEqual(kinds({ status: "finished", phases, timings: { total_ms: 8600 } }), [["wait", 100], ["reasoning", 900], ["wait", 8000], ["answer", 8600]]);
  assert.equal(reasoningTime(run({ status: "finished", phases, timings: { total_ms: 8600 } })), 7900, "a pause in thinking is thinking");
});

test("a failure is red where it failed: it waited, or answered, until then", () => {
  assert.deepEqual(segments(run({ status: "failed", timings: { total_ms: 900 } })), [{ kind: "wait", from: 0, to: 873 }, { kind: "error", from: 873, to: 900 }]);
  assert.deepEqual(segments(run({ status: "failed" })), []);
  const broke = segments(run({ status: "interrupted", trace: [[100, "text", 1]], timings: { total_ms: 1000 } }));
  assert.deepEqual(broke.map(({ kind, to }) => [kind, to]), [["wait", 100], ["answer", 970], ["error", 1000]]);
});

test("the scale is round and holds the longest", () => {
  assert.deepEqual(scale(7300), { max: 7300, step: 1000 });
  assert.deepEqual(scale(0), { max: 1000, step: 200 });
  assert.deepEqual(scale(75000), { max: 75000, step: 10000 });
});

test("winners need five percent, two finishers and an end to all runs", () => {
  const a = done("a", { ttft_ms: 400, total_ms: 4800, tokens_per_s: 142 }, { amount: "0.0094" });
  const b = done("b", { ttft_ms: 415, total_ms: 9000, tokens_per_s: 88 }, { amount: "0.0018" });
  assert.deepEqual(winners([a, b]), { ttft: null, total: "a", speed: "a", cost: "b" });
  const nobody = { ttft: null, total: null, speed: null, cost: null };
  assert.deepEqual(winners([a]), nobody);
  assert.deepEqual(winners([a, b, run({ id: "c", status: "running" })]), nobody);
});

test("an answer that was cut off wins nothing, and unknown figures do not lose", () => {
  const short = done("a", { total_ms: 100 }, null, { finish_reason: "length" });
  const b = done("b", { total_ms: 900, ttft_ms: 10 });
  const c = done("c", { total_ms: 1000, ttft_ms: null });
  assert.deepEqual(winners([short, b, c]), { ttft: null, total: "b", speed: null, cost: null });
  assert.equal(winners([done("a", {}, { amount: "0" }), done("b", {}, { amount: "0.1" })]).cost, "a");
  assert.equal(winners([done("a", {}, { amount: "1", currency: "EUR" }), done("b", {}, { amount: "9" })]).cost, null);
});

test("an estimated cost is ahead of nobody: only counted ones are compared", () => {
  const cost = (id, amount, source) => done(id, {}, { amount, source });
  const [about, counted, dear] = [cost("a", "0.001", "estimated"), cost("b", "0.01", "computed"), cost("c", "0.02", "reported")];
  assert.equal(winners([about, counted, dear]).cost, "b");
  assert.equal(winners([about, counted]).cost, null);
});

test("an answer that came in one piece says so, and is compared by its cost only", () => {
  const whole = done("a", { total_ms: 100, ttft_ms: 100, tokens_per_s: null }, { amount: "0.1" }, { metadata: { answered_whole: true } });
  const b = done("b", { total_ms: 900, ttft_ms: 400, tokens_per_s: 30 }, { amount: "0.2" });
  assert.deepEqual(winners([whole, b]), { ttft: null, total: null, speed: null, cost: "a" });
  assert.equal(figures(whole, new Pace(), 0).speed.text, "answered whole");
  assert.equal(figures(b, new Pace(), 0).speed.text, "30 t/s");
});

test("a stream that has gone quiet says for how long; one that flows or has not begun does not", () => {
  const pace = new Pace();
  pace.note({ type: "run.queued" }, 0);
  assert.equal(pace.quiet(9000), 0);
  pace.note({ type: "run.delta", kind: "text", text: "x", at: 1000 }, 1000);
  assert.equal(pace.quiet(8000), 7000);
  const streaming = run({ status: "running", content: text("x") });
  assert.equal(statusOf(streaming, { quiet: pace.quiet(8000) }).text, "No news for 7 s");
  assert.equal(statusOf(streaming, { quiet: 4999 }).text, "Streaming");
  assert.equal(statusOf(run({ status: "running" }), { quiet: 9000 }).text, "Connecting");
  assert.equal(statusOf(run({ status: "finished", finish_reason: "stop" }), { quiet: 9000 }).text, "Done · stop");
});

test("an answer that had to be JSON has a verdict when it is whole, with where it goes wrong", () => {
  const output = { method: "json_schema", parsed: { a: 1 }, errors: [] };
  assert.equal(verdict(done("r", {})), null);
  assert.equal(verdict(run({ status: "running", metadata: { output } })), null);
  assert.deepEqual([verdict(done("r", {}, null, { metadata: { output } }))?.tone], ["info"]);
  const wrong = { ...output, errors: [{ path: "$.a", message: "too small" }, { path: "", message: "no" }] };
  const says = verdict(done("r", {}, null, { metadata: { output: wrong } }));
  assert.deepEqual([says?.tone, says?.said], ["warn", "$.a: too small\nno"]);
});

test("a provider that redirects was reached, and is not said to be out of reach", () => {
  const ending = (status) => banner(run({ status: "failed", error: { code: "connection", status, message: "" } }));
  assert.equal(ending(302)?.title, "The provider answers at another address.");
  assert.equal(ending(null)?.title, "The provider could not be reached.");
});

test("a key that was never sent has not been refused", () => {
  const missing = run({ status: "failed", error: { code: "authentication", status: null, message: "none" } });
  const refused = run({ status: "failed", error: { code: "authentication", status: 401, message: "no" } });
  assert.notEqual(banner(missing)?.title, banner(refused)?.title);
  assert.notEqual(statusOf(missing).text, statusOf(refused).text);
});
