/** What the grid relies on: push, finish, reset, the two views, the limit, and frames shared among answers. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { picture, renderWhole, stage, window } from "./dom.js";

const { Answer, RENDER_LIMIT } = await import("../../../static/js/render/answer.js");
const { frame, follow, onPainted } = await import("../../../static/js/render/frame.js");

function answer(options) {
  const root = stage();
  return { root, it: new Answer(root, options) };
}

/** Until the shared frame has written what was pushed. */
async function shown(it) {
  while (it.waiting > 0) await new Promise(setImmediate);
}

const body = (root) => root.querySelector(".answer-rendered > div");

async function sameAsWhole(root, text) {
  const whole = await renderWhole(text);
  assert.equal([...body(root).children].map(picture).join(""), [...whole.children].map(picture).join(""));
}

test("pieces with a line end cut in two come out as one text", async () => {
  const { root, it } = answer();
  for (const piece of ["# T\r", "\n\r\nline\r", "\r- a\r", "\n- b"]) {
    it.push(piece);
    await shown(it);
  }
  await it.finish();
  await sameAsWhole(root, "# T\n\nline\n\n- a\n- b");
  assert.equal(it.source, "# T\r\n\r\nline\r\r- a\r\n- b");
});

test("line ends of any kind close a fence while the text still grows", async () => {
  const { root, it } = answer();
  for (const piece of ["```js\r\nlet a;\r\n", "```\r", "\n\r\nnext"]) {
    it.push(piece);
    await shown(it);
  }
  assert.equal(root.querySelector("code").textContent, "let a;");
  assert.equal(root.querySelector("p").textContent, "next");
});

test("an answer goes on after its end", async () => {
  const { root, it } = answer();
  it.push("```py\nprint(1)\n");
  await it.finish();
  assert.ok(root.querySelector(".hl-built_in"), "an unclosed fence is coloured at the end");
  assert.ok(!root.hasAttribute("data-streaming"));
  it.push("print(2)\n```\n\nafter [x]\n\n[x]: https://example.org\n");
  await shown(it);
  assert.ok(root.hasAttribute("data-streaming"));
  await it.finish();
  await sameAsWhole(root, "```py\nprint(1)\nprint(2)\n```\n\nafter [x]\n\n[x]: https://example.org\n");
});

test("finishing twice, or with nothing to say, is fine", async () => {
  const { root, it } = answer();
  await it.finish();
  await it.finish();
  assert.equal(root.textContent, "");
});

test("a finished block keeps its element while later text comes", async () => {
  const { root, it } = answer();
  it.push("first paragraph\n\n- a\n- b\n\nthird\n");
  await shown(it);
  const [paragraph, list] = root.querySelectorAll("p, ul");
  const item = list.firstElementChild;
  for (const piece of ["and more\n\n", "# four\n", "\nfive [l]\n\n[l]: https://example.org\n"]) {
    it.push(piece);
    await shown(it);
  }
  await it.finish();
  assert.equal(root.querySelector("p"), paragraph);
  assert.equal(root.querySelector("li"), item);
});

test("rows of an open table and items of an open list are kept", async () => {
  const { root, it } = answer();
  it.push("| a |\n|---|\n| 1 |\n| 2 |\n");
  await shown(it);
  const row = root.querySelector("tbody tr");
  it.push("| 3 |\n");
  await shown(it);
  assert.equal(root.querySelector("tbody tr"), row);
  assert.equal(root.querySelectorAll("tbody tr").length, 3);
});

test("an open fence shows its last line before the line ends, but no closing marks", async () => {
  const { root, it } = answer();
  it.push("```js\nlet a;\n");
  await shown(it);
  it.push("let b");
  await shown(it);
  assert.equal(root.querySelector("code").textContent, "let a;\nlet b");
  it.push("\n``");
  await shown(it);
  assert.equal(root.querySelector("code").textContent, "let a;\nlet b\n");
});

test("the source view shows every character, and the views change places without losing either", async () => {
  const { root, it } = answer({ view: "source" });
  const text = "# T\r\n\r\n**b** <i> \u200b\u202e\u0000 \r 👨‍👩‍👧 x\n".repeat(50);
  it.push(text);
  await shown(it);
  assert.equal(root.querySelector(".answer-source").textContent, text);
  assert.deepEqual([...root.querySelectorAll(".hidden-char")].slice(0, 3).map((mark) => mark.dataset.code), ["U+200B", "U+202E", "U+0000"]);
  assert.equal(root.querySelector(".answer-rendered"), null);
  it.setView("rendered");
  await it.finish();
  await sameAsWhole(root, text.replace(/\r\n?/g, "\n"));
  assert.ok(root.querySelector(".answer-source").hidden);
  it.setView("source");
  await it.finish();
  assert.ok(root.querySelector(".answer-rendered").hidden && !root.querySelector(".answer-source").hidden);
});

test("beyond the limit the rest is plain text, wherever the pieces were cut", async () => {
  const line = `${"word ".repeat(800)}**b**\n\n`;
  const text = line.repeat(Math.ceil((RENDER_LIMIT + 2000) / line.length));
  const { root, it } = answer();
  it.push(text.slice(0, RENDER_LIMIT - 7));
  await shown(it);
  it.push(text.slice(RENDER_LIMIT - 7));
  await it.finish();
  assert.ok(root.querySelector(".answer-note"));
  assert.equal(root.querySelector(".answer-plain").textContent, text.slice(RENDER_LIMIT));
});

test("reset forgets everything and the next attempt starts clean", async () => {
  const { root, it } = answer();
  it.push("old **text**");
  it.reset();
  it.push("new");
  await it.finish();
  assert.equal(root.textContent, "new");
  assert.equal(it.source, "new");
});

test("one broken answer does not stop the others", async (t) => {
  const errors = [];
  t.mock.method(globalThis, "reportError", (error) => errors.push(error.message));
  const broken = { visible: true, urgent: false, waiting: 1, blockReady: false, since: 0, flush() { throw new Error("broken"); } };
  const { root, it } = answer();
  frame.request(broken);
  it.push("fine");
  await it.finish();
  assert.equal(root.textContent, "fine");
  assert.deepEqual(errors, ["broken"]);
});

test("listeners hear of paints after all text of the frame is in place", async () => {
  const [one, two] = [answer(), answer()];
  const heard = [];
  const stop = onPainted((painted) => heard.push([painted.length, one.root.textContent + two.root.textContent]));
  one.it.push("a");
  two.it.push("b");
  await shown(one.it);
  await shown(two.it);
  stop();
  one.it.push("c");
  await shown(one.it);
  assert.deepEqual(heard, [[2, "ab"]]);
});

test("following ends when the reader moves up and comes back at the bottom", async () => {
  const { it } = answer();
  const scroller = document.createElement("div");
  const box = { scrollHeight: 500, clientHeight: 100, scrollTop: 0 };
  for (const name of Object.keys(box)) {
    Object.defineProperty(scroller, name, { get: () => box[name], set(value) { box[name] = value; } });
  }
  const scrolled = (top) => {
    box.scrollTop = top;
    scroller.dispatchEvent(new window.Event("scroll"));
  };
  const following = follow(scroller, it);
  it.push("a\n\n");
  await shown(it);
  assert.equal(box.scrollTop, 500);
  scrolled(300);
  box.scrollHeight = 900;
  it.push("b\n\n");
  await shown(it);
  assert.equal(box.scrollTop, 300);
  assert.equal(following.following, false);
  box.scrollHeight = 900;
  scrolled(800);
  it.push("c\n\n");
  await shown(it);
  assert.equal(box.scrollTop, 900);
  following.stop();
});

test("in calm mode text waits for a whole block", async () => {
  const { root, it } = answer();
  frame.setCalm(true);
  try {
    it.push("first\n\n");
    await shown(it);
    it.push("half of");
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.ok(!root.textContent.includes("half"));
    await it.finish();
    assert.ok(root.textContent.includes("half of"));
  } finally {
    frame.setCalm(null);
  }
});

test("an address that comes together with another row still reaches the rows before", async () => {
  for (const [first, second] of [["- a [z]\n- b\n", "- c\n\n[z]: https://z.example\n"], ["| a |\n|---|\n| [z] |\n| b |\n", "| c |\n\n[z]: https://z.example\n"]]) {
    const { root, it } = answer();
    it.push(first);
    await shown(it);
    it.push(second);
    await it.finish();
    await sameAsWhole(root, first + second);
    assert.ok(root.querySelector("a"));
  }
});

test("the marks of a list stand where its text begins", async () => {
  const { root, it } = answer();
  it.push("1. \u0648\u0627\u062d\u062f\n\n> \u0646\u0639\u0645");
  await it.finish();
  for (const kind of ["ol", "blockquote"]) assert.equal(root.querySelector(kind).getAttribute("dir"), "auto");
});
