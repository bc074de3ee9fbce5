/** Whatever the text says, and wherever the stream happens to stand: only known elements with known attributes. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { payloads, shapes } from "./corpus.js";
import { renderPieces, renderWhole } from "./dom.js";
import { TRICKY } from "./documents.js";

const ELEMENTS = new Set(
  "div p h3 h4 h5 h6 span strong em del code br hr a ul ol li blockquote table thead tbody tr th td pre button".split(" "),
);
const MATHML = "http://www.w3.org/1998/Math/MathML";
const ATTRIBUTES = {
  class: /^[\w -]+$/,
  href: /^(https?:\/\/|mailto:)/,
  rel: /^noopener noreferrer nofollow ugc$/,
  target: /^_blank$/,
  title: /^Picture not loaded\.( Opens in a new tab\.)?$/,
  role: /^(group|img)$/,
  tabindex: /^0$/,
  "aria-label": /^(Code: .*|Table|Done|Not done)$/s,
  type: /^button$/,
  scope: /^col$/,
  start: /^\d+$/,
  dir: /^auto$/,
};

function check(root, text) {
  for (const element of root.querySelectorAll("*")) {
    const formula = element.namespaceURI === MATHML;
    assert.ok(formula || ELEMENTS.has(element.localName), `<${element.localName}> from ${JSON.stringify(text)}`);
    for (const { name, value } of element.attributes) {
      if (formula) {
        assert.doesNotMatch(name, /^(on|id$|name$|href|src|style$|xlink)/, `${name} in a formula from ${JSON.stringify(text)}`);
        assert.doesNotMatch(value, /url|script|evil/i, `${name}=${value} from ${JSON.stringify(text)}`);
      } else {
        assert.ok(Object.hasOwn(ATTRIBUTES, name), `${name}=${value} on <${element.localName}> from ${JSON.stringify(text)}`);
        assert.match(value, ATTRIBUTES[name], `${name} from ${JSON.stringify(text)}`);
      }
    }
  }
}

test("there are enough payloads", () => {
  assert.ok(payloads.length >= 220 && shapes.length >= 80);
});

test("no payload makes an element or attribute of its own, whole or in single characters", async () => {
  for (const text of [...payloads, ...shapes, ...TRICKY]) {
    check(await renderWhole(text), text);
    const { root } = await renderPieces(text.split(""), (partial) => check(partial, text));
    check(root, text);
  }
});

test("raw HTML stays readable as it was written", async () => {
  for (const text of ["<script>alert(1)</script>", "a <b onclick=x>b</b> <!-- c -->", "<details>\nx\n</details>"]) {
    assert.equal((await renderWhole(text)).textContent, text);
  }
});

test("only a bare line break is taken from HTML", async () => {
  const root = await renderWhole("a<br>b<br/>c<BR />d<br x>e");
  assert.equal(root.querySelectorAll("br").length, 3);
  assert.ok(root.textContent.includes("<br x>e"));
});

test("text that is costly to parse is bounded by structure, not by luck", { timeout: 60_000 }, async () => {
  const times = 200_000;
  const hostile = ["*a **b", "**a", "[", "![", "[a](", "a.", "a_", "> ", "1. ", "- a ", "`a``b", "$a ", "\\(", "\\[\\\\", "<a ", "|a", "~~a ~b "];
  for (const unit of hostile) {
    const text = unit.repeat(times / unit.length);
    const root = await renderWhole(text);
    assert.ok(root.textContent.length > times / 10, unit);
  }
  const wide = `${"|a".repeat(1000)}|\n${"|-".repeat(1000)}|\n${"x\n".repeat(50_000)}`;
  assert.equal((await renderWhole(wide)).querySelector("table"), null);
});
