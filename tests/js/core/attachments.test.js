/** Files of drafts and turns: what is kept, what is asked for, whom it does not suit. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { filesIn, filesOf, idsOf, isFile, isText, missingIn, quotedFile, refusedKind } from "../../../static/js/core/attachments.js";
import { draftOf, emptyDraft, fieldOf, problemOf, requestOf, restoreDraft } from "../../../static/js/core/draft.js";
import { fileSize, mebibytes } from "../../../static/js/core/format.js";

const ID = "0123456789abcdef0123456789abcdef";
const PICTURE = { id: ID, kind: "image", mime: "image/png", name: "a.png", size: 70 };
const BLOCK = { kind: "image", text: "", name: "a.png", data: { attachment: ID, media_type: "image/png", size: 70 } };
const TURN = { id: "t", messages: [{ role: "user", content: [BLOCK, { kind: "text", text: "What is it?" }] }] };

test("text files are known by their type, or by their name where the browser knows none", () => {
  const files = [["a.md", ""], ["A.PY", ""], ["a.txt", "text/plain"], ["data", "application/json"], ["a.ts", "video/mp2t"], ["a.pdf", "application/pdf"], ["a.zip", ""], ["README", ""]];
  assert.deepEqual(files.map(([name, type]) => isText({ name, type })), [true, true, true, true, false, false, false, false]);
});

test("no line of a quoted file ends its fence", () => {
  assert.equal(quotedFile("a.md", "x\r\ny\n"), "a.md\n```\nx\ny\n```");
  assert.equal(quotedFile("a.md", "`````\n```"), "a.md\n``````\n`````\n```\n``````");
});

test("only what was uploaded is kept", () => {
  const stored = [PICTURE, { ...PICTURE, id: "" }, { ...PICTURE, id: "../x" }, { ...PICTURE, kind: "script" }, null, "x"];
  assert.deepEqual(filesOf(stored), [PICTURE]);
  assert.deepEqual(restoreDraft({ attachments: stored }).attachments, [PICTURE]);
  assert.deepEqual(filesOf(undefined), []);
});

test("a draft asks with its files, and waits for those on their way", () => {
  const draft = { ...emptyDraft(), prompt: "What is it?", columns: [{ model: "a/b", overrides: {} }], attachments: [PICTURE] };
  assert.deepEqual(requestOf(draft).attachments, [ID]);
  assert.equal(problemOf(draft), null);
  assert.deepEqual(problemOf({ ...draft, attachments: [PICTURE, { ...PICTURE, id: "" }] }), { field: "attachments", code: "uploading" });
  assert.equal("attachments" in requestOf({ ...draft, attachments: [] }), false);
  assert.equal(idsOf([{ ...PICTURE, id: "" }]), undefined);
  assert.deepEqual(fieldOf({ field: "attachments.0" }), { field: "attachments", index: null });
});

test("a turn tells its files, and a new draft takes them over with the prompt", () => {
  assert.deepEqual(filesIn(TURN), [PICTURE]);
  assert.deepEqual(filesIn({ messages: [{ role: "user", content: "text" }] }), []);
  assert.deepEqual(draftOf({ turns: [TURN] }).attachments, [PICTURE]);
  assert.equal(draftOf({ turns: [TURN] }).prompt, "What is it?");
  assert.deepEqual(draftOf({ turns: [TURN] }, { withPrompt: false }).attachments, []);
});

test("a file that stayed elsewhere is named and leads nowhere", () => {
  const gone = { kind: "image", name: "b.png", data: { missing: true, size: 9, media_type: "image/png" } };
  const turn = { messages: [{ role: "user", content: [BLOCK, gone] }] };
  assert.deepEqual([filesIn(turn), missingIn(turn)], [[PICTURE], [{ id: "", kind: "image", mime: "", name: "b.png", size: 9 }]]);
  assert.deepEqual([isFile(BLOCK), isFile(gone), isFile({ kind: "image", data: { url: "x" } })], [true, true, false]);
  assert.deepEqual(draftOf({ turns: [turn] }).attachments, [PICTURE]);
});

test("only a known no speaks against a model", () => {
  assert.equal(refusedKind({ image_input: false }, [PICTURE]), "image");
  assert.equal(refusedKind({ image_input: null }, [PICTURE]), null);
  assert.equal(refusedKind({ pdf_input: false }, [PICTURE]), null);
  assert.equal(refusedKind(undefined, [PICTURE]), null);
});

test("sizes are short", () => {
  assert.deepEqual([70, 1536, 12_345_678].map(fileSize), ["70 B", "1.5 KB", "12 MB"]);
  assert.deepEqual([2 ** 24, 10_000_000].map(mebibytes), ["16 MiB", "9.54 MiB"]);
});
