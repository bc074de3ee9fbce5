/**
 * `{name}` in the texts of a prompt, as `compare_site/library/variables.py` reads them: the rules stand there, and
 * `tests/library/variables.json` is read by the tests of both.
 */

const LONGEST_NAME = 64;
const BRACE = /[{}]/g;
const NAME = /[\p{L}_][\p{L}\p{Mn}\p{Mc}\p{Nd}_]*/uy;

/** @typedef {{name: string} | {text: string}} Part */

/** The variables of these texts, each once, in the order in which they are first met. */
export function namesIn(/** @type {string[]} */ texts) {
  return [...new Set(texts.flatMap((text) => partsOf(text).flatMap((part) => ("name" in part ? [part.name] : []))))];
}

/** `text` with the values put in, once; a variable without a value stays as it is written. */
export function rendered(/** @type {string} */ text, /** @type {Record<string, string>} */ values) {
  const valueOf = (/** @type {string} */ name) => (Object.hasOwn(values, name) ? values[name] : `{${name}}`);
  return partsOf(text).map((part) => ("name" in part ? valueOf(part.name) : part.text)).join("");
}

/** `text` as a template that renders to it. */
export const escaped = (/** @type {string} */ text) => text.replace(/[{}]/g, "$&$&");

/** Variables and literal text, in order. @returns {Part[]} */
function partsOf(/** @type {string} */ text) {
  /** @type {Part[]} */
  const parts = [];
  /** @type {string[]} */
  const open = [];
  let literalFrom = 0;
  let at = 0;
  while ((at = nextBrace(text, at)) >= 0) {
    const { step, literal, name } = braceAt(text, at, open);
    if (name || literal !== text.slice(at, at + step)) {
      if (literalFrom < at) parts.push({ text: text.slice(literalFrom, at) });
      parts.push(name ? { name } : { text: literal });
      literalFrom = at + step;
    }
    at += step;
  }
  if (literalFrom < text.length) parts.push({ text: text.slice(literalFrom) });
  return parts;
}

function nextBrace(/** @type {string} */ text, /** @type {number} */ start) {
  BRACE.lastIndex = start;
  return BRACE.exec(text)?.index ?? -1;
}

function braceAt(/** @type {string} */ text, /** @type {number} */ at, /** @type {string[]} */ open) {
  const double = text[at + 1] === text[at];
  if (text[at] === "{") {
    const name = double ? "" : nameAt(text, at + 1);
    if (name && text[at + 1 + name.length] === "}") return { step: name.length + 2, literal: "", name };
    open.push(double ? "{{" : "{");
    return { step: double ? 2 : 1, literal: "{", name: "" };
  }
  const closesPlain = open.at(-1) === "{";
  if (closesPlain || double) open.pop();
  return { step: double && !closesPlain ? 2 : 1, literal: "}", name: "" };
}

function nameAt(/** @type {string} */ text, /** @type {number} */ start) {
  NAME.lastIndex = start;
  const name = NAME.exec(text)?.[0] ?? "";
  return [...name].length <= LONGEST_NAME ? name : "";
}
