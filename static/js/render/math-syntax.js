/**
 * TeX in Markdown for marked: `$$...$$` and `\[...\]` as blocks, `$...$`, `\(...\)` inline, and a tolerance for money:
 * `$5 and $6` is text. While a text is still growing, an unclosed display formula is one open block of its own.
 */

/** @typedef {import("marked").TokenizerAndRendererExtension} Extension */

// A formula may not be longer than this, so that a stray `$$` cannot hold back the rest of an answer.
const MAX_FORMULA = 4000;

/** @type {Record<string, string>} */
const CLOSING = { "$$": "$$", "\\[": "\\]", "\\(": "\\)" };
const OPENING = /^ {0,3}(\$\$|\\\[)/;
const BLOCK_START = /\n(?:(?= {0,3}(?:\$\$|\\\[))|\n)/g;
const REST_OF_LINE = /[ \t]*(?:\n|$)/y;

const INLINE_START = /(?<![A-Za-z0-9\\$])\$|\\[([]/;
const INLINE_DOLLAR = /^\$(?![\s$])((?:\\[^\n]|[^\\$\n])+)\$(?!\d)/;
const SIGN_OF_MATHS = /[\\^_=+<>{}|]/;

/** @param {string} tex what stands between two dollar signs */
function isMoney(tex) {
  return /\s$/.test(tex) || (/^\d/.test(tex) && /\s/.test(tex) && !SIGN_OF_MATHS.test(tex));
}

/**
 * A search by hand: a pattern would try every length at every stray opening.
 * @param {string} source
 * @param {number} from behind the opening
 * @param {string} close
 * @returns {number} where it closes, or -1
 */
function closingAt(source, from, close) {
  const within = source.slice(0, from + MAX_FORMULA);
  for (let at = within.indexOf(close, from); at >= 0; at = within.indexOf(close, at + 1)) {
    let backslashes = 0;
    while (at - backslashes > from && within[at - backslashes - 1] === "\\") backslashes += 1;
    if (backslashes % 2 === 0) return at;
  }
  return -1;
}

/** @param {string} source */
function inlineMaths(source) {
  const open = source.slice(0, 2);
  if (open in CLOSING) {
    const end = closingAt(source, 2, CLOSING[open]);
    const tex = source.slice(2, end);
    if (end < 0 || !tex.trim() || (open === "\\[" && !SIGN_OF_MATHS.test(tex))) return null;
    return { raw: source.slice(0, end + 2), tex, display: open !== "\\(" };
  }
  const match = INLINE_DOLLAR.exec(source);
  return match && !isMoney(match[1]) ? { raw: match[0], tex: match[1], display: false } : null;
}

/**
 * @param {string} source
 * @param {boolean} growing
 */
function blockMaths(source, growing) {
  const opening = OPENING.exec(source);
  if (!opening) return undefined;
  const from = opening[0].length;
  const end = closingAt(source, from, CLOSING[opening[1]]);
  if (end < 0) return growing && source.length < from + MAX_FORMULA ? { type: "openMaths", raw: source } : undefined;
  REST_OF_LINE.lastIndex = end + 2;
  const tex = source.slice(from, end).trim();
  if (!tex || !REST_OF_LINE.test(source)) return undefined;
  return { type: "maths", raw: source.slice(0, REST_OF_LINE.lastIndex), tex };
}

/** @param {unknown} lexer */
function isGrowing(lexer) {
  return /** @type {{growing?: boolean}} */ (lexer).growing === true;
}

/** @type {Extension} */
const block = {
  name: "maths",
  level: "block",
  start(source) {
    // Up to the next blank line, where the paragraph that asks ends anyway; and only for what is a formula indeed.
    for (const { index, 0: found } of source.matchAll(BLOCK_START)) {
      if (found === "\n\n") return undefined;
      if (blockMaths(source.slice(index + 1), isGrowing(this.lexer))) return index;
    }
    return undefined;
  },
  tokenizer(source) {
    return blockMaths(source, isGrowing(this.lexer));
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
