/** What the composer opens with: the draft of this tab, else what was used last; and what is left when it has been sent. */

import { withSet } from "../core/column-sets.js";
import { addModels, emptyDraft, restoreDraft } from "../core/draft.js";
import { askedModels } from "./asked-models.js";
import { loadDraft, loadLastUsed, saveDraft } from "./drafts.js";

/** The draft, and whether nothing was written or chosen in this tab before. */
export function startingDraft() {
  const stored = loadDraft();
  let draft = restoreDraft(stored ?? loadLastUsed());
  const usual = defaultSet();
  if (stored === null && usual) draft = withSet(draft, usual);
  const asked = askedModels();
  if (asked !== null) saveDraft(Object.assign(draft, { columns: addModels([], asked) }));
  return { draft, isFresh: stored === null };
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
