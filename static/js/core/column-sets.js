/** Column sets: what is kept of a draft, how a draft opens with one, what of it cannot be used. Pure. */

import { emptyDraft, requestOf, restoreDraft } from "./draft.js";
import { valuesOf } from "./params.js";

/** @typedef {{id: string, name: string, team: boolean, mine: boolean, owner: string, default: boolean, columns: any[], common: any}} ColumnSet */
/** @typedef {import("./draft.js").Draft} Draft */

/** The columns and common parameters of a draft, as the API takes them. */
export function setOf(/** @type {Draft} */ draft) {
  // Of a draft without texts and labels a request says just this.
  const { models, ...common } = requestOf({ ...emptyDraft(), columns: draft.columns, values: draft.values });
  delete common.prompt;
  return { columns: models, common };
}

/** The draft with the columns of a set, and with its common parameters if it has any. @returns {Draft} */
export function withSet(/** @type {Draft} */ draft, /** @type {ColumnSet} */ { columns, common }) {
  const stored = columns.map(({ model, system, samples, ...own }) => ({ model, system, samples, overrides: valuesOf(own) }));
  const loaded = restoreDraft({ columns: stored, values: valuesOf(common) });
  const values = Object.keys(loaded.values).length > 0 ? loaded.values : draft.values;
  return { ...draft, columns: loaded.columns, values };
}

/** The models of a set, each once, in order: [{model, copies, known}]; `known` is null for a typed id. */
export function modelsOf(/** @type {ColumnSet} */ { columns }, /** @type {Map<string, import("./picker.js").Model>} */ models) {
  /** @type {Map<string, number>} */
  const counted = new Map();
  for (const { model } of columns) counted.set(model, (counted.get(model) ?? 0) + 1);
  return [...counted].map(([model, copies]) => ({ model, copies, known: models.get(model) ?? null }));
}

/**
 * Why a model of a set cannot be used: what its row says, "" for no reason, null when it can be or nothing is known.
 * @type {(model: string, known: import("./picker.js").Model | null, providers: import("./picker.js").Provider[]) => string | null}
 */
export function whyNot(model, known, providers) {
  if (known) return known.available ? null : known.why_unavailable || "";
  const provider = providers.find(({ id }) => id === model.split(/[/:]/)[0]);
  if (!provider) return "";
  return provider.available ? null : provider.why_unavailable;
}
