/** The small parts: hidden characters, character references, addresses, money and formulas, code. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { MarkdownView, renderWhole, stage } from "./dom.js";

const { decodeEntities } = await import("../../../static/js/render/text.js");
const { hostHint, safeUrl } = await import("../../../static/js/render/links.js");
const { firstWord } = await import("../../../static/js/render/code.js");

const rendered = async (text, selector) => [...(await renderWhole(text)).querySelectorAll(selector)];
const texts = async (text, selector) => (await rendered(text, selector)).map((element) => element.textContent);

test("hidden characters in code are shown, emoji and ordinary text are left alone", async () => {
  const [code] = await texts("```\na\u202eb\u200bc\u0007d\u{e0041}e\ufefff\n👨‍👩‍👧 ❤️ 1️⃣ 中文\tz\n```", "code");
  assert.equal(code, "a[U+202E]b[U+200B]c[U+0007]d[U+E0041]e[U+FEFF]f\n👨‍👩‍👧 ❤️ 1️⃣ 中文\tz");
  assert.deepEqual(await texts("`x\u2066y`", "code"), ["x[U+2066]y"]);
});

test("what the copy button takes is what is seen", async () => {
  const [block] = await rendered("```js\nlet a = 1; \u202e// \u2066\n```", ".code");
  const copied = [];
  Object.defineProperty(navigator, "clipboard", { configurable: true, value: { writeText: async (text) => copied.push(text) } });
  block.querySelector("button").click();
  await new Promise(setImmediate);
  assert.deepEqual(copied, [block.querySelector("code").textContent]);
  assert.equal(copied[0], "let a = 1; [U+202E]// [U+2066]");
});

test("character references are decoded once", () => {
  assert.equal(decodeEntities("&amp;lt; &lt; &#60;&#x3C; &nope; &#0; &#xD800; &#x110000; & &;"), "&lt; < << &nope; \ufffd \ufffd \ufffd & &;");
});

test("only http, https and mailto are addresses", () => {
  for (const bad of [["javascript", "alert(1)"].join(":"), "java\nscript:alert(1)", "\u0001javascript:x", "data:text/html,x", "//e.example", "/x", "#x", "", "ftp://x", `https://e.example/${"a".repeat(3000)}`]) {
    assert.equal(safeUrl(bad), null, bad);
  }
  assert.equal(safeUrl("HTTPS://Example.ORG/a b")?.href, "https://example.org/a%20b");
  assert.equal(safeUrl("mailto:a@b.example")?.href, "mailto:a@b.example");
});

test("a link that names another place shows where it leads", () => {
  const hint = (text, address) => hostHint(text, new URL(address));
  assert.equal(hint("https://good.example", "https://evil.example"), "evil.example");
  assert.equal(hint("see good.example now", "https://evil.example"), "evil.example");
  assert.equal(hint("g\u200bood.example", "https://evil.example"), "evil.example");
  assert.equal(hint("good。example", "https://evil.example"), "evil.example");
  assert.equal(hint("bank@good.example", "mailto:x@evil.example"), "x@evil.example");
  assert.equal(hint("www.good.example/path", "https://good.example/other"), "");
  assert.equal(hint("the manual", "https://good.example"), "");
  assert.equal(hint("例子.example", "https://xn--fsqu00a.example/"), "");
});

test("the place behind a misleading link stands in its text", async () => {
  assert.deepEqual(await texts("[good.example](https://evil.example/x) [plain](https://good.example)", "a"), ["good.example (evil.example)", "plain"]);
});

test("a footnote is text, even when it reads like the definition of a link", async () => {
  const root = await renderWhole("text[^n]\n\n[^n]: https://example.org\n");
  assert.ok(root.textContent.includes("text[^n]") && root.textContent.includes("[^n]: https://example.org"));
});

test("code in a language that is loaded is coloured as soon as its fence closes", async () => {
  await renderWhole("```go\nfunc a() {}\n```");
  const root = stage();
  const view = new MarkdownView(root);
  view.push("```go\nfunc b() {}\n```\n\nnext\n");
  view.flush();
  assert.equal(root.querySelectorAll(".hl-keyword").length, 1);
  view.push("\n- item\n  ```go\n  func c() {");
  view.flush();
  assert.equal(root.querySelectorAll(".hl-keyword").length, 1);
  view.push("}\n  ```\n");
  view.flush();
  assert.equal(root.querySelectorAll(".hl-keyword").length, 2);
});

test("a picture is a chip with its words and its host, and loads nothing", async () => {
  const root = await renderWhole("![a *cat*](https://img.example/c.png) [![b](https://b.example/i)](https://l.example) ![d](data:image/png;base64,x)");
  assert.equal(root.querySelector("img"), null);
  const chips = [...root.querySelectorAll(".image-chip")];
  assert.deepEqual(chips.map((chip) => [chip.localName, chip.textContent]), [["a", "a cat (img.example)"], ["span", "b (b.example)"], ["span", "d"]]);
});

test("money is text, formulas are formulas", async () => {
  for (const text of ["$5 and $6", "US$5 or A$7", "from $1,000 to $2,000", "$5 (about 4€) or 5$ each", "$ x $", "$HOME and $PATH", "\\$a\\$", "cost: $12.50, tax $1"]) {
    assert.equal((await rendered(text, ".math")).length, 0, text);
  }
  for (const text of ["$x$", "$5x+1$", "a $2$ b", "\\(a\\)", "$$a$$", "\\[a^2\\]", "so $f(x) = 3$."]) {
    assert.equal((await rendered(text, "math")).length, 1, text);
  }
  assert.equal((await rendered("\\[1\\] Smith et al.", ".math")).length, 0);
});

test("a formula that is beyond Temml, or untrusted, shows its TeX", async () => {
  for (const tex of ["\\frac{", "\\includegraphics{https://e.example/i}", "{".repeat(1500)]) {
    const [element] = await rendered(`$$${tex}$$`, ".math");
    assert.ok(!element.querySelector("math"));
    assert.equal(element.textContent, tex);
  }
  const [untrusted] = await rendered("$\\href{javascript:alert(1)}{x}$", ".math");
  assert.ok(!untrusted.querySelector("[href]"));
});

test("a label in a formula names nothing in the page", async () => {
  const root = await renderWhole("$$\\begin{align}a&=b\\label{ts-messages}\\tag{1}\\\\c\\end{align}$$");
  assert.ok(root.querySelector("math"));
  assert.equal(root.querySelector("[id]"), null);
});

test("languages are recognised by the first word behind the fence", async () => {
  assert.equal(firstWord("{.python .numberLines}"), "python");
  assert.equal(firstWord('js title="x"'), "js");
  assert.equal(firstWord(undefined), "");
  for (const info of ["python", "py", "{.python}", "Python hl_lines=1"]) {
    assert.ok((await rendered(`\`\`\`${info}\ndef f(): return 1\n\`\`\``, ".hl-keyword")).length, info);
  }
  for (const info of ["constructor", "__proto__", "../python", "nope"]) {
    assert.equal((await rendered(`\`\`\`${info}\ndef f(): return 1\n\`\`\``, "code span")).length, 0, info);
  }
});

test("every language that is offered has its grammar", async () => {
  const all = "python javascript typescript json bash xml css sql java c cpp csharp go rust ruby php yaml markdown diff kotlin swift".split(" ");
  const samples = { json: "{\"a\": 1}", xml: "<a b='c'>d</a>", css: "a { color: red }", diff: "+ a", markdown: "# a", yaml: "a: 1", sql: "SELECT 1" };
  for (const language of all) {
    const sample = samples[language] ?? "if (true) { return \"x\" } // 1";
    const [code] = await rendered(`\`\`\`${language}\n${sample}\n\`\`\``, "code");
    assert.ok(code.querySelector("[class^=hl-]"), language);
    assert.equal(code.textContent, sample, language);
  }
});

test("scripts and styles inside HTML are coloured whatever was rendered before", async () => {
  const [code] = await rendered("```html\n<script>let a = 1;</script>\n```", "code");
  assert.ok(code.querySelector(".hl-keyword"));
});

test("task boxes have words, tables a name, lists their first number, headings a lower level", async () => {
  const root = await renderWhole("# T\n\n- [x] a\n\n3. c\n\n| a | |\n|---|---|\n| 1 | 2 |");
  assert.equal(root.querySelector(".task-done").getAttribute("aria-label"), "Done");
  assert.equal(root.querySelector("ol").start, 3);
  assert.ok(root.querySelector("h3"));
  assert.equal(root.querySelectorAll("th").length, 1);
  assert.equal(root.querySelector(".table-scroll").getAttribute("role"), "group");
});
