/**
 * Model text on its way to a text node: Markdown's character references decoded, and characters that hide
 * themselves (bidi controls, zero-width, terminal escapes) shown as what they are.
 */

const NAMED = new Map(Object.entries({
  amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0", copy: "©", reg: "®", trade: "™",
  hellip: "…", mdash: "—", ndash: "–", lsquo: "‘", rsquo: "’", ldquo: "“", rdquo: "”", laquo: "«", raquo: "»",
  bull: "•", middot: "·", sect: "§", para: "¶", deg: "°", plusmn: "±", times: "×", divide: "÷", micro: "µ",
  frac12: "½", frac14: "¼", frac34: "¾", sup1: "¹", sup2: "²", sup3: "³", cent: "¢", pound: "£", yen: "¥", euro: "€",
  larr: "←", uarr: "↑", rarr: "→", darr: "↓", harr: "↔", rArr: "⇒", lArr: "⇐", hArr: "⇔",
  le: "≤", ge: "≥", ne: "≠", equiv: "≡", asymp: "≈", infin: "∞", sum: "∑", prod: "∏", radic: "√", int: "∫",
  part: "∂", nabla: "∇", isin: "∈", notin: "∉", sub: "⊂", sup: "⊃", cap: "∩", cup: "∪", and: "∧", or: "∨", not: "¬",
  forall: "∀", exist: "∃", empty: "∅", minus: "−", sdot: "⋅", alpha: "α", beta: "β", gamma: "γ", delta: "δ",
  epsilon: "ε", theta: "θ", lambda: "λ", mu: "μ", pi: "π", rho: "ρ", sigma: "σ", tau: "τ", phi: "φ", omega: "ω",
  Delta: "Δ", Sigma: "Σ", Omega: "Ω", ensp: "\u2002", emsp: "\u2003", thinsp: "\u2009", check: "✓", star: "☆",
}));

/** @param {number} code */
function character(code) {
  const valid = code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
  return valid ? String.fromCodePoint(code) : "\ufffd";
}

/**
 * Once, never twice: `&amp;lt;` stays `&lt;`. References that are not in the list stay as typed.
 * @param {string} text
 */
export function decodeEntities(text) {
  if (!text.includes("&")) return text;
  return text.replace(/&(?:#(\d{1,7})|#[xX]([\da-fA-F]{1,6})|(\w{2,8}));/g, (whole, decimal, hex, name) => {
    if (name) return NAMED.get(name) ?? whole;
    return character(decimal ? parseInt(decimal, 10) : parseInt(hex, 16));
  });
}

// Zero-width, bidi and tag characters; controls but tab and line ends; line separators; interlinear notes.
const HIDDEN = "[\\p{Default_Ignorable_Code_Point}\\0-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\u2028\\u2029\\ufff9-\\ufffb]";
// Emoji hold joiners and variation selectors by right; matching the whole sequence first keeps it in one piece.
const EMOJI_PART = "\\p{Extended_Pictographic}(?:\\ufe0f|\\p{Emoji_Modifier})?";
const EMOJI = `${EMOJI_PART}(?:\\u200d${EMOJI_PART})*|[#*0-9]\\ufe0f\\u20e3`;
const ANY_HIDDEN = new RegExp(HIDDEN, "u");
const ALL_HIDDEN = new RegExp(HIDDEN, "gu");
const PARTS = new RegExp(`${EMOJI}|(${HIDDEN})`, "gu");

/** @param {string} text */
export function withoutHidden(text) {
  return text.replace(ALL_HIDDEN, "");
}

/**
 * Appends text to an element, hidden characters as readable marks, so that what is seen is what is copied.
 * @param {Element} parent
 * @param {string} text
 * @param {{exact?: boolean}} [how] `exact`: the marks come from the style sheet and every character stays in the text
 */
export function appendVisible(parent, text, { exact = false } = {}) {
  if (!text) return;
  if (!ANY_HIDDEN.test(text)) {
    appendText(parent, text);
    return;
  }
  let from = 0;
  for (const match of text.matchAll(PARTS)) {
    if (match[1] === undefined) continue;
    appendText(parent, text.slice(from, match.index));
    const mark = document.createElement("span");
    mark.className = "hidden-char";
    if (exact) {
      mark.dataset.code = nameOf(match[1]);
      mark.append(match[1]);
    } else {
      mark.append(`[${nameOf(match[1])}]`);
    }
    parent.append(mark);
    from = match.index + match[0].length;
  }
  appendText(parent, text.slice(from));
}

/** @param {string} character */
function nameOf(character) {
  return `U+${/** @type {number} */ (character.codePointAt(0)).toString(16).toUpperCase().padStart(4, "0")}`;
}

/**
 * @param {Element} parent
 * @param {string} text
 */
function appendText(parent, text) {
  const last = parent.lastChild;
  if (last?.nodeType === Node.TEXT_NODE) /** @type {Text} */ (last).appendData(text);
  else if (text) parent.append(text);
}

/** CRLF and CR become LF, also when a chunk ends between the two. */
export class Newlines {
  #afterReturn = false;

  /** @param {string} chunk */
  normalise(chunk) {
    if (!chunk) return "";
    const text = this.#afterReturn && chunk.startsWith("\n") ? chunk.slice(1) : chunk;
    this.#afterReturn = chunk.endsWith("\r");
    return text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
  }
}
