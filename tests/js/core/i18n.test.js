/** Texts in the reader's language: by key, by number, and sentences that came from elsewhere. */

import assert from "node:assert/strict";
import { before, test } from "node:test";

import { sentence, t, tn } from "../../../static/js/core/i18n.js";

before(() => {
  const catalog = { "Stop {letter}": "停止 {letter}", "{n} model": ["{n} 个模型"], "It broke.": "断了。" };
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
