/**
 * Markdown to tokens: marked's lexer with mathematics, and with limits, since the text is hostile: nesting, length of an
 * inline run and size of a table are bounded, so that no text costs more than its length allows.
 */

import { Lexer, Marked } from "marked";
import { mathSyntax } from "./math-syntax.js";

/** @typedef {import("marked").Token} Token */
/** @typedef {import("marked").Links} Links */
/** @typedef {{token: Token, end: number}} Block a top-level token and where it ends in the text */
/** @typedef {{blocks: Block[], definitions: Block[], exact: boolean}} Parsed `exact`: the ends may be relied on */

const MAX_DEPTH = 16;
const MAX_INLINE = 16_384;
const MAX_COLUMNS = 64;
const MAX_CELLS = 20_000;
// Marked's rules for emphasis and addresses are quadratic in these. Prose has far fewer marks, and further apart.
const LONG_WORD = /\S{1500}/;
const MARKS = /\*+|_+|~+|\[/g;
const MAX_MARKS = 250;
const FEW_MARKS = 80;
const DENSE = 1 / 4;

/** @param {string} source */
function isCostly(source) {
  if (source.length <= FEW_MARKS) return false;
  if (source.length > MAX_INLINE || LONG_WORD.test(source)) return true;
  const marks = source.match(MARKS)?.length ?? 0;
  return marks > MAX_MARKS || (marks > FEW_MARKS && marks > source.length * DENSE);
}

class BoundedLexer extends Lexer {
  growing = false;
  #depth = 0;

  /**
   * @param {string} source
   * @param {any} tokens `Token[]`, or the list of the whole text with its links
   * @param {boolean} clipped
   * @returns {any}
   */
  blockTokens(source, tokens = [], clipped = false) {
    if (this.#depth >= MAX_DEPTH) {
      tokens.push({ type: "text", raw: source, text: source, tokens: this.inline(source) });
      return tokens;
    }
    this.#depth += 1;
    try {
      return super.blockTokens(source, tokens, clipped);
    } finally {
      this.#depth -= 1;
    }
  }

  /**
   * @param {string} source
   * @param {Token[]} tokens
   */
  inlineTokens(source, tokens = []) {
    if (!isCostly(source)) return super.inlineTokens(source, tokens);
    tokens.push({ type: "text", raw: source, text: source, escaped: true });
    return tokens;
  }
}

// Chinese closes bold with a full stop inside, "**注意：**请": by the letter of CommonMark that is no emphasis.
const CJK_STRONG = /^\*\*(?=[^\s*])([^*\n]*?[^\s*])\*\*(?!\*)/;
const CJK_EDGE = /^[\u2018-\u201f\u3000-\u303f\uff00-\uffef]|[\u2018-\u201f\u3000-\u303f\uff00-\uffef]$/;

/** @type {import("marked").TokenizerAndRendererExtension} */
const cjkStrong = {
  name: "strong",
  level: "inline",
  tokenizer(source) {
    if (!source.startsWith("**")) return undefined;
    const match = CJK_STRONG.exec(source);
    if (!match || !CJK_EDGE.test(match[1])) return undefined;
    return { type: "strong", raw: match[0], text: match[1], tokens: this.lexer.inlineTokens(match[1]) };
  },
};

const marked = new Marked({ gfm: true });
marked.use({
  extensions: [...mathSyntax, cjkStrong],
  tokenizer: {
    // A footnote is no link definition; `false` lets marked go on with its own rule, `undefined` says "no such token".
    def(source) {
      return /^ {0,3}\[\^/.test(source) ? undefined : false;
    },
    table(source) {
      const match = this.rules.block.table.exec(source);
      if (!match) return undefined;
      const columns = match[2].split("|").length;
      const rows = match[3]?.split("\n").length ?? 0;
      if (columns <= MAX_COLUMNS && columns * rows <= MAX_CELLS) return false;
      // Taken whole, as typed: refused, it would be tried again at each of its lines.
      return /** @type {any} */ ({ type: "html", raw: match[0], text: match[0], pre: false, block: true });
    },
  },
});

/**
 * @param {string} text
 * @param {{growing?: boolean, links?: Links}} [how] `links` are definitions known from earlier text
 * @returns {Parsed}
 */
export function lex(text, { growing = false, links = {} } = {}) {
  const lexer = new BoundedLexer(marked.defaults);
  lexer.growing = growing;
  Object.assign(lexer.tokens.links, links);
  const tokens = lexer.lex(text);
  /** @type {Parsed} */
  const parsed = { blocks: [], definitions: [], exact: false };
  let end = 0;
  for (const token of tokens) {
    end += token.raw.length;
    if (token.type === "def") parsed.definitions.push({ token, end });
    else if (token.type !== "space") parsed.blocks.push({ token, end });
  }
  parsed.exact = end === text.length;
  return parsed;
}

/** @param {Token} token */
export function isOpenFence(token) {
  if (token.type !== "code" || token.codeBlockStyle === "indented") return false;
  const opening = /^ {0,3}(`{3,}|~{3,})/.exec(token.raw)?.[1] ?? "```";
  const closing = new RegExp(`\\n {0,3}${opening[0]}{${opening.length},} *\\n*$`);
  return !closing.test(token.raw);
}
