/**
 * TeX in Markdown for marked: `$$...$$` and `\[...\]` as blocks, `$...$`, `\(...\)` inline, and a tolerance for money:
 * `$5 and $6` is text. While a text is still growing, an unclosed display formula is one open block of its own.
 */

/** @typedef {import("marked").TokenizerAndRendererExtension} Extension */

// A formula may not be longer than this, so that a stray `$$` cannot hold back the rest of an answer.
const BLOCK_UNITS = 2000;
const OPEN_LIMIT = 2 * BLOCK_UNITS + 16;

// Each unit is either an escaped pair or one plain character: no two ways to match, hence no backtracking to fear.
const DOLLARS = String.raw`\$\$((?:\\[\s\S]|[^\\$]|\$(?!\$)){1,${BLOCK_UNITS}}?)\$\$`;
const BRACKETS = String.raw`\\\[((?:\\[^\]]|[^\\]){1,${BLOCK_UNITS}}?)\\\]`;
const BLOCK = new RegExp(String.raw`^ {0,3}(?:${DOLLARS}|${BRACKETS})[ \t]*(?:\n|$)`);
const BLOCK_START = /\n {0,3}(?:\$\$|\\\[)/;
const OPEN = /^ {0,3}(?:\$\$(?![^\n]*\$\$)|\\\[(?![^\n]*\\\]))/;

const INLINE_START = /(?<![A-Za-z0-9\\$])\$|\\[([]/;
const INLINE_DOLLARS = new RegExp(`^${DOLLARS}`);
const INLINE_DOLLAR = /^\$(?![\s$])((?:\\[^\n]|[^\\$\n])+)\$(?!\d)/;
const INLINE_PAREN = /^\\\(((?:\\[^)]|[^\\]){1,1000}?)\\\)/;
const INLINE_BRACKET = new RegExp(`^${BRACKETS}`);
const SIGN_OF_MATHS = /[\\^_=+<>{}|]/;

/** @param {string} tex what stands between two dollar signs */
function isMoney(tex) {
  return /\s$/.test(tex) || (/^\d/.test(tex) && /\s/.test(tex) && !SIGN_OF_MATHS.test(tex));
}

/** @param {string} source */
function inlineMaths(source) {
  let match = INLINE_DOLLARS.exec(source) ?? INLINE_PAREN.exec(source);
  if (match) return { raw: match[0], tex: match[1], display: source.startsWith("$$") };
  match = INLINE_BRACKET.exec(source);
  if (match) return SIGN_OF_MATHS.test(match[1]) ? { raw: match[0], tex: match[1], display: true } : null;
  match = INLINE_DOLLAR.exec(source);
  return match && !isMoney(match[1]) ? { raw: match[0], tex: match[1], display: false } : null;
}

/** @type {Extension} */
const block = {
  name: "maths",
  level: "block",
  start(source) {
    // Only up to the next blank line: the paragraph that asks ends there, and the whole rest would be searched each time.
    const end = source.indexOf("\n\n");
    const at = (end < 0 ? source : source.slice(0, end)).search(BLOCK_START);
    return at < 0 ? undefined : at;
  },
  tokenizer(source) {
    const match = BLOCK.exec(source);
    if (match) return { type: "maths", raw: match[0], tex: (match[1] ?? match[2]).trim() };
    const growing = /** @type {{growing?: boolean}} */ (this.lexer).growing;
    if (growing && source.length < OPEN_LIMIT && OPEN.test(source)) return { type: "openMaths", raw: source };
    return undefined;
  },
};

/** @type {Extension} */
const inline = {
  name: "inlineMaths",
  level: "inline",
  start(source) {
    const at = source.search(INLINE_START);
    return at < 0 ? undefined : at;
  },
  tokenizer(source) {
    if (!source.startsWith("$") && !source.startsWith("\\")) return undefined;
    const found = inlineMaths(source);
    return found ? { type: "inlineMaths", ...found } : undefined;
  },
};

export const mathSyntax = [block, inline];
