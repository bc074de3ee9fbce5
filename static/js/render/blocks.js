/** Block tokens to DOM. Nothing from the text becomes an attribute but checked addresses and labels. */

import { t } from "../core/i18n.js";
import { codeBlock } from "./code.js";
import { appendInline } from "./inline.js";
import { isOpenFence } from "./lexer.js";
import { typeset } from "./math.js";

/** @typedef {import("./lexer.js").Token} Token */
/** @typedef {import("marked").Tokens.Table} Table */
/** @typedef {import("marked").Tokens.TableCell} Cell */
/** @typedef {import("marked").Tokens.List} List */
/** @typedef {import("marked").Tokens.ListItem} Item */

/** A column's own headings begin at the second level, so those of an answer begin at the third. */
const HEADING_SHIFT = 2;

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {string} [className]
 */
function make(tag, className = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  return element;
}

/** @type {Record<string, (token: any, ended: boolean) => HTMLElement>} */
const MAKERS = {
  heading: (token) => withInline(make(/** @type {"h3"} */ (`h${Math.min(6, token.depth + HEADING_SHIFT)}`)), token.tokens),
  paragraph: (token) => withInline(make("p"), token.tokens),
  text: (token) => withInline(make("span"), token.tokens ?? [token]),
  checkbox: (token) => withInline(make("span"), [token]),
  code: (token, ended) => codeBlock(token.text, token.lang, ended || !isOpenFence(token)),
  blockquote(token) {
    const element = facing(make("blockquote"));
    for (const child of token.tokens) appendBlock(element, child);
    return element;
  },
  list: listElement,
  table: tableElement,
  hr: () => make("hr"),
  maths(token) {
    const element = make("div", "math math-display");
    typeset(element, token.tex, true);
    return element;
  },
  openMaths: (token) => asTyped(token, "math-source"),
  html: (token) => asTyped(token, "as-typed"),
};

/**
 * @param {Token} token
 * @param {boolean} [ended] the text ends here: a fence without its closing line is complete
 * @returns {HTMLElement}
 */
export function blockElement(token, ended = false) {
  const maker = Object.hasOwn(MAKERS, token.type) ? MAKERS[token.type] : null;
  return maker ? maker(token, ended) : asTyped(token, "as-typed");
}

/**
 * @param {HTMLElement} parent
 * @param {Token} token
 */
function appendBlock(parent, token) {
  if (token.type !== "space" && token.type !== "def") parent.append(blockElement(token));
}

/**
 * @template {HTMLElement} E
 * @param {E} element
 * @param {Token[]} tokens
 */
function withInline(element, tokens) {
  appendInline(element, tokens);
  return element;
}

/**
 * @param {Token} token
 * @param {string} className
 */
function asTyped(token, className) {
  const element = make("p", className);
  element.append(token.raw.replace(/\n+$/, ""));
  return element;
}

/**
 * What stands beside its text, as marks of a list do, stands where the text begins.
 * @template {HTMLElement} E
 * @param {E} element
 */
function facing(element) {
  element.setAttribute("dir", "auto");
  return element;
}

/** @param {List} token */
function listElement(token) {
  const element = facing(make(token.ordered ? "ol" : "ul"));
  if (token.ordered && token.start !== 1 && Number.isSafeInteger(token.start)) {
    /** @type {HTMLOListElement} */ (element).start = Number(token.start);
  }
  for (const item of token.items) element.append(itemElement(item));
  return element;
}

/** @param {Item} item */
export function itemElement(item) {
  const element = make("li", item.task ? "task-item" : "");
  for (const child of item.tokens) appendBlock(element, child);
  return element;
}

/** @param {Table} token */
function tableElement(token) {
  const table = make("table");
  const head = table.createTHead().insertRow();
  for (const cell of token.header) head.append(cellElement(cell));
  const body = table.createTBody();
  for (const row of token.rows) body.append(rowElement(row));
  const scroller = make("div", "table-scroll");
  scroller.tabIndex = 0;
  scroller.setAttribute("role", "group");
  scroller.setAttribute("aria-label", t("Table"));
  scroller.append(table);
  return scroller;
}

/** @param {Cell[]} row */
export function rowElement(row) {
  const element = make("tr");
  for (const cell of row) element.append(cellElement(cell));
  return element;
}

/** @param {Cell} cell */
function cellElement(cell) {
  // A heading without words says nothing to a screen reader.
  const element = make(cell.header && cell.text ? "th" : "td", cell.align ? `align-${cell.align}` : "");
  if (element.tagName === "TH") /** @type {HTMLTableCellElement} */ (element).scope = "col";
  return withInline(element, cell.tokens);
}
