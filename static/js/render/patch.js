/** What changes in an open list or table when more text has come: the rows that differ, never those before them. */

import { blockElement, itemElement, rowElement } from "./blocks.js";

/** @typedef {import("./lexer.js").Token} Token */
/** @typedef {import("marked").Tokens.List} List */
/** @typedef {import("marked").Tokens.ListItem} Item */
/** @typedef {import("marked").Tokens.Table} Table */
/** @typedef {import("marked").Tokens.TableCell} Cell */

/**
 * @param {HTMLElement} element of the old token
 * @param {Token} old
 * @param {Token} token
 * @returns {HTMLElement} the same element, or the one that took its place
 */
export function patchBlock(element, old, token) {
  if (isSameList(old, token)) {
    const how = { same: sameItem, make: itemElement };
    patchRows(element, /** @type {List} */ (old).items, /** @type {List} */ (token).items, how);
    return element;
  }
  const body = isSameTable(old, token) ? element.querySelector("tbody") : null;
  if (body) {
    patchRows(body, /** @type {Table} */ (old).rows, /** @type {Table} */ (token).rows, { same: sameCells, make: rowElement });
    return element;
  }
  const made = blockElement(token);
  element.replaceWith(made);
  return made;
}

/**
 * @template T
 * @param {HTMLElement} parent
 * @param {T[]} before
 * @param {T[]} after
 * @param {{same: (a: T, b: T) => boolean, make: (row: T) => HTMLElement}} how
 */
function patchRows(parent, before, after, { same, make }) {
  let kept = 0;
  while (kept < before.length && kept < after.length && same(before[kept], after[kept])) kept += 1;
  while (parent.children.length > kept) parent.lastElementChild?.remove();
  for (const row of after.slice(kept)) parent.append(make(row));
}

/**
 * The same text gives the same token, but for links: their addresses may have come in between.
 * @param {{text: string}} a
 * @param {{text: string}} b
 */
export function sameLinks(a, b) {
  return !a.text.includes("[") || JSON.stringify(a) === JSON.stringify(b);
}

/**
 * @param {Item} a
 * @param {Item} b
 */
function sameItem(a, b) {
  return a.raw === b.raw && a.loose === b.loose && sameLinks(a, b);
}

/**
 * @param {Token} a
 * @param {Token} b
 */
function isSameList(a, b) {
  return a.type === "list" && b.type === "list" && a.ordered === b.ordered && a.start === b.start;
}

/**
 * @param {Token} a
 * @param {Token} b
 */
function isSameTable(a, b) {
  if (a.type !== "table" || b.type !== "table") return false;
  const [old, now] = [/** @type {Table} */ (a), /** @type {Table} */ (b)];
  return old.align.join() === now.align.join() && sameCells(old.header, now.header);
}

/**
 * @param {Cell[]} a
 * @param {Cell[]} b
 */
function sameCells(a, b) {
  return a.length === b.length && a.every((cell, index) => cell.text === b[index].text && sameLinks(cell, b[index]));
}
