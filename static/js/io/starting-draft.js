/** What the composer opens with: the draft of this tab, else what was used last; and what is left when it has been sent. */

import { withSet } from "../core/column-sets.js";
import { emptyDraft, restoreDraft } from "../core/draft.js";
import { addModels } from "../core/draft-columns.js";
import { askedModels } from "./asked-models.js";
import { loadDraft, loadLastUsed, saveDraft } from "./drafts.js";

/** The draft, and whether no columns were chosen in this tab before. */
export function startingDraft() {
  const stored = loadDraft();
  let draft = restoreDraft(stored ?? loadLastUsed());
  const usual = defaultSet();
  if (stored === null && usual) draft = withSet(draft, usual);
  const asked = askedModels();
  if (asked !== null) saveDraft(Object.assign(draft, { columns: addModels([], asked) }));
  return { draft, isFresh: !Array.isArray(stored?.columns) };
}

/**
 * Keeps what is written. Columns that could not be chosen yet are not kept as none: whoever reloads before the list of
 * models has come gets the first ones, too.
 */
export function keepDraft(/** @type {import("../core/draft.js").Draft} */ draft, /** @type {boolean} */ couldChoose) {
  const { columns, ...written } = draft;
  saveDraft(couldChoose || columns.length > 0 ? draft : written);
}

/** The next comparison begins with the same models and parameters, or with the default set; the text is gone. */
export function keepForNext(/** @type {import("../core/draft.js").Draft} */ { columns, values, system, template }) {
  saveDraft(defaultSet() ? null : { ...emptyDraft(), columns, values, system: template ? "" : system });
}

/** The column set that this person's new playgrounds open with, or null. @returns {import("../core/column-sets.js").ColumnSet | null} */
function defaultSet() {
  const source = document.getElementById("ts-default-columns");
  return source ? JSON.parse(source.textContent ?? "null") : null;
}
