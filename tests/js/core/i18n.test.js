/** Texts in the reader's language: by key, by number, and sentences that came from elsewhere. */

import assert from "node:assert/strict";
import { before, test } from "node:test";

import { sentence, t, tn } from "../../../static/js/core/i18n.js";
import { messageText } from "../../../static/js/core/told.js";

const TIMED = "Nothing new came from the provider for {n} seconds.";

before(() => {
  const catalog = { "Stop {letter}": "停止 {letter}", "{n} model": ["{n} 个模型"], "It broke.": "断了。", [TIMED]: "已有 {n} 秒没有新内容。" };
  globalThis.document = { getElementById: () => ({ textContent: JSON.stringify(catalog) }) };
});

test("what is known is translated and filled in, the rest stays English", () => {
  assert.equal(t("Stop {letter}", { letter: "A" }), "停止 A");
  assert.equal(t("Run {letter}", { letter: "A" }), "Run A");
  assert.equal(tn("{n} model", "{n} models", 3), "3 个模型");
  assert.equal(tn("{n} run", "{n} runs", 1), "1 run");
});

test("a sentence from elsewhere is translated if it is ours, and never filled in or looked up in what an object has", () => {
  assert.equal(sentence("It broke."), "断了。");
  for (const foreign of ["Quota exceeded", "{letter} {constructor}", "constructor", "__proto__", "", "{n} model"]) assert.equal(sentence(foreign), foreign);
});

test("a sentence of ours that names a time is translated with it, what a provider says stays as it is", () => {
  assert.equal(messageText("Nothing new came from the provider for 0.5 seconds."), "已有 0.5 秒没有新内容。");
  for (const foreign of ["Nothing new came from the provider for 120 seconds. {n}", "429 {n}", TIMED.replace("{n}", "many"), ""]) assert.equal(messageText(foreign), foreign);
});
