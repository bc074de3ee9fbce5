/** Errors as sentences: the server's own where it has one, otherwise one that says what to do. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { parseParams } from "../../../static/js/core/params.js";
import { ApiError } from "../../../static/js/io/api.js";
import { draftProblemText, paramProblemText, problemText, signInIn } from "../../../static/js/core/problems.js";

const error = (changes) => new ApiError({ status: 422, code: "x", message: "", ...changes });

test("no answer at all says that nothing is lost", () => {
  assert.match(problemText(error({ status: 0 })), /cannot be reached/);
  assert.throws(() => problemText(new TypeError("a defect")), TypeError);
});

test("the server's sentence is shown, with the detail it gives", () => {
  assert.equal(problemText(error({ status: 422, message: "No such model." })), "No such model.");
  assert.equal(problemText(error({ status: 422, message: "Invalid.", details: [{ loc: ["body"], msg: "too long" }] })), "Invalid. too long");
  assert.match(problemText(error({ status: 418 })), /418/);
});

test("signed out and too long are said in our own words", () => {
  assert.match(problemText(error({ status: 401, message: "Unauthorized" })), /Sign in again/);
  assert.match(problemText(error({ status: 413, message: "" })), /too long/);
});

test("whoever is signed out is led to signing in by a part of the sentence, wherever that stands", () => {
  const text = problemText(error({ status: 401, message: "Unauthorized" }));
  assert.equal(text, "You are signed out. Sign in again in another tab, then try again: nothing is lost.");
  assert.deepEqual(signInIn(`a.png: ${text}`), { before: "a.png: You are signed out. ", words: "Sign in again in another tab", after: ", then try again: nothing is lost." });
  for (const other of ["", "Sign in again in another tab", "[Sign in again in another tab]"]) assert.equal(signInIn(other), null);
});

test("whoever sends too much hears how much may be sent", () => {
  assert.match(problemText(error({ status: 413, message: "The request is larger.", details: { limit: 2_000_000 } })), /at most 2 MB/);
  assert.equal(problemText(error({ status: 413, message: "This file is larger than 16 MiB." })), "This file is larger than 16 MiB.");
});

test("every problem of a field and of a draft has a sentence", () => {
  const wrong = { temperature: "x", max_tokens: "1.5", top_p: "2", max_retries: "9", extra: "[", effort: "huge", timeout: "0" };
  const { problems } = parseParams(wrong);

  for (const problem of [...Object.values(problems), { code: "range", least: 1 }]) assert.match(paramProblemText(problem), /\w.*\.$|\}$/);
  assert.equal(Object.keys(problems).length, Object.keys(wrong).length);
  for (const code of ["no_prompt", "no_models", "too_many", "too_many_answers"]) assert.match(draftProblemText({ code, asked: 40 }), /\w\.$/);
  assert.match(draftProblemText({ code: "too_many_answers", asked: 40 }), /40/);
});
