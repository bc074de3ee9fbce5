/** Which models are chosen on the list of models, over all its pages: at most as many as a comparison has columns. */

import { MAX_COLUMNS } from "./draft-columns.js";

/** Whatever was stored -> ids that are safe to use. */
export function restoreChoice(/** @type {unknown} */ stored) {
  const ids = Array.isArray(stored) ? stored.filter((id) => typeof id === "string" && id !== "") : [];
  return [...new Set(ids)].slice(0, MAX_COLUMNS);
}

/** With `id` chosen, or not. One that finds no room leaves the choice as it is. */
export function choose(/** @type {string[]} */ chosen, /** @type {string} */ id, /** @type {boolean} */ wanted) {
  const others = chosen.filter((each) => each !== id);
  return wanted ? [...others, id].slice(0, MAX_COLUMNS) : others;
}

/** The models that an address of the playground names: "?model=a&model=b". Null when it names none. */
export function modelsIn(/** @type {string} */ search) {
  const ids = new URLSearchParams(search).getAll("model").filter(Boolean).slice(0, MAX_COLUMNS);
  return ids.length > 0 ? ids : null;
}

/** The address that opens the playground with these. */
export function addressOf(/** @type {string} */ path, /** @type {string[]} */ ids) {
  return `${path}?${new URLSearchParams(ids.map((id) => ["model", id]))}`;
}
