/** Inline tokens to DOM: emphasis, code, links, chips for pictures, formulas. Everything else is text. */

import { imageChip, link } from "./links.js";
import { typeset } from "./math.js";
import { appendVisible, decodeEntities } from "./text.js";
import { t } from "../core/i18n.js";

/** @typedef {import("./lexer.js").Token} Token */

const MAX_DEPTH = 24;
const LINE_BREAK = /^<br\s*\/?>$/i;

/**
 * @param {Element} parent
 * @param {Token[] | undefined} tokens
 * @param {{depth?: number, inLink?: boolean}} [where]
 */
export function appendInline(parent, tokens, { depth = 0, inLink = false } = {}) {
  for (const token of tokens ?? []) {
    if (depth > MAX_DEPTH) parent.append(token.raw);
    else appendToken(parent, token, { depth: depth + 1, inLink });
  }
}

/** @typedef {{depth: number, inLink: boolean}} Where */

/** @type {Record<string, (parent: Element, token: any, where: Where) => void>} */
const WRITERS = {
  text(parent, token, where) {
    if (token.tokens) appendInline(parent, token.tokens, where);
    else parent.append(token.escaped ? token.text : decodeEntities(token.text));
  },
  escape: (parent, token) => parent.append(token.text),
  strong: nested,
  em: nested,
  del: nested,
  codespan(parent, token) {
    const element = document.createElement("code");
    appendVisible(element, token.text);
    parent.append(element);
  },
  br: (parent) => parent.append(document.createElement("br")),
  checkbox(parent, token) {
    const box = document.createElement("span");
    box.className = token.checked ? "task task-done" : "task";
    box.setAttribute("role", "img");
    box.setAttribute("aria-label", token.checked ? t("Done") : t("Not done"));
    parent.append(box);
  },
  link(parent, token, where) {
    const literal = token.autolink === true;
    const fill = (/** @type {Element} */ element) => {
      if (literal) element.append(token.text);
      else appendInline(element, token.tokens, { ...where, inLink: true });
    };
    parent.append(link(literal ? token.href : decodeEntities(token.href), fill));
  },
  image(parent, token, where) {
    parent.append(imageChip(decodeEntities(token.href), plainText(token), where.inLink));
  },
  inlineMaths(parent, token) {
    const element = document.createElement("span");
    element.className = token.display ? "math math-display" : "math";
    typeset(element, token.tex, token.display);
    parent.append(element);
  },
  html(parent, token) {
    // The one tag that models need, since a Markdown table has no other way to break a line.
    parent.append(LINE_BREAK.test(token.raw) ? document.createElement("br") : token.raw);
  },
};

/**
 * @param {Element} parent
 * @param {Token} token
 * @param {Where} where
 */
function appendToken(parent, token, where) {
  const write = Object.hasOwn(WRITERS, token.type) ? WRITERS[token.type] : null;
  if (write) write(parent, token, where);
  else parent.append(token.raw);
}

/**
 * @param {Element} parent
 * @param {any} token
 * @param {Where} where
 */
function nested(parent, token, where) {
  const element = document.createElement(token.type);
  appendInline(element, token.tokens, where);
  parent.append(element);
}

/**
 * @param {any} token
 * @returns {string} its words without any markup, for the description of a picture
 */
function plainText(token) {
  if (token.tokens?.length) return token.tokens.map(plainText).join("");
  return decodeEntities(token.text ?? token.raw).slice(0, 300);
}
