/** The columns of a draft as a list: adding, copying, moving, removing. Every function gives a new list. */

import { letterOf } from "./letters.js";

export const MAX_COLUMNS = 32;

/** @typedef {import("./draft.js").DraftColumn} DraftColumn */

/** How many answers a draft asks for: every sample of every column. */
export function answersOf(/** @type {DraftColumn[]} */ columns) {
  return columns.reduce((sum, { samples = 1 }) => sum + samples, 0);
}

/** Adds models at the end, as many as there is room for. */
export function addModels(/** @type {DraftColumn[]} */ columns, /** @type {string[]} */ models) {
  return [...columns, ...models.map((model) => ({ model, overrides: {} }))].slice(0, MAX_COLUMNS);
}

/** A second column of the same model with the same parameters, right after the first. */
export function duplicateColumn(/** @type {DraftColumn[]} */ columns, /** @type {number} */ index) {
  if (columns.length >= MAX_COLUMNS || !columns[index]) return columns;
  return columns.toSpliced(index + 1, 0, structuredClone(columns[index]));
}

export function removeColumn(/** @type {DraftColumn[]} */ columns, /** @type {number} */ index) {
  return columns.toSpliced(index, 1);
}

/** The column at `index`, `step` places further on; at an end nothing moves. */
export function moveColumn(/** @type {DraftColumn[]} */ columns, /** @type {number} */ index, /** @type {number} */ step) {
  if (!columns[index] || !columns[index + step]) return columns;
  return columns.toSpliced(index, 1).toSpliced(index + step, 0, columns[index]);
}

/** Letters of the columns that use `model`: ["A", "C"]. */
export function lettersOf(/** @type {DraftColumn[]} */ columns, /** @type {string} */ model) {
  return columns.flatMap((column, index) => (column.model === model ? [letterOf(index)] : []));
}
