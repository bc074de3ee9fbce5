/** What the composer draws of a draft besides its fields: counts, common parameters, previews of what is folded. */

import { tagsOf } from "../core/draft.js";
import { answersOf } from "../core/draft-columns.js";
import { tn } from "../core/i18n.js";
import { letterOf } from "../core/letters.js";
import { chipsOf } from "../core/params.js";
import { el, need, tell } from "./dom.js";

/** @typedef {import("../core/draft.js").Draft} Draft */
/** @typedef {Map<string, import("../core/picker.js").Model> | null} Models  null while the list is not known */

/** The chosen models with common parameters and counts; the grid is told, too. */
export function drawColumns(/** @type {HTMLElement} */ root, /** @type {Draft} */ draft, /** @type {Models} */ models) {
  const { columns, values, attachments } = draft;
  /** @type {import("./ts-models.js").TsModels} */ (need(root, "ts-models")).show(columns, models, values, attachments);
  need(root, "[data-params]").replaceChildren(
    ...chipsOf(values).map(({ label, text }) => el("li", { class: "chip" }, `${label} `, el("b", {}, text))),
  );
  const answers = answersOf(columns);
  const counts = [tn("{n} model", "{n} models", columns.length), answers > columns.length ? tn("{n} answer", "{n} answers", answers) : ""];
  need(root, "[data-count]").textContent = counts.filter(Boolean).join(" · ");
  tell("ts:draft", { draft, columns: columnsForGrid(draft, models) });
}

export const TEXT_FIELDS = /** @type {const} */ (["prompt", "system", "title", "tags"]);

/**
 * The texts of a draft in their fields. What somebody typed before this script came is newer than what was kept.
 * @param {Draft} draft @param {(name: string) => HTMLTextAreaElement} fieldOf @returns {boolean} whether somebody has
 */
export function fillTexts(draft, fieldOf) {
  const typed = TEXT_FIELDS.filter((name) => fieldOf(name).value !== "");
  for (const name of typed) draft[name] = fieldOf(name).value;
  for (const name of TEXT_FIELDS) fieldOf(name).value = draft[name];
  return typed.length > 0;
}

/** System prompt, title and tags in one line each. */
export function drawPreviews(/** @type {HTMLElement} */ root, /** @type {Draft} */ draft) {
  const system = need(root, '[data-preview="system"]');
  system.textContent = draft.system.trim() || system.dataset.empty || "";
  const tags = tagsOf(draft.tags, draft.knownTags).map((tag) => `#${tag}`);
  need(root, '[data-preview="labels"]').textContent = [draft.title.trim(), ...tags].filter(Boolean).join(" ");
}

/** The columns as the grid shows them before anything runs. */
function columnsForGrid(/** @type {Draft} */ { columns }, /** @type {Models} */ models) {
  return columns.map(({ model, overrides, system, samples }, index) => {
    const known = models?.get(model);
    const provider = known?.provider_label ?? known?.provider ?? "";
    return { label: letterOf(index), model, provider, capabilities: known?.capabilities ?? {}, context_window: known?.context_window ?? null, overrides: { ...overrides, system }, samples };
  });
}

/** The page becomes that of the comparison, without being loaded. */
export function takeAddress(/** @type {string} */ id, /** @type {string} */ url) {
  const path = new URL(url, location.href).pathname;
  history.pushState({ comparison: id }, "", path);
  for (const next of document.querySelectorAll("input[name=next]")) /** @type {HTMLInputElement} */ (next).value = path;
  document.body.dataset.page = "comparison";
}
