/**
 * The comparison that is being written: prompt, models with their overrides, common values. Pure: storage, form and
 * network are elsewhere. A draft is never lost by an error; it is only replaced after the server has taken it.
 */

import { filesIn, filesOf, idsOf, missingIn } from "./attachments.js";
import { MAX_COLUMNS, answersOf } from "./draft-columns.js";
import { tagsIn, tagsText } from "./labels.js";
import { OUTPUT, PARAMS, PER_COLUMN, PLAIN, REASONING } from "./param-fields.js";
import { messagesOf, missingOf, requestTexts, restoreTemplate, restoreVariables, splitTurn } from "./template.js";
import { SAMPLES, apiSettings, cleanValues, outputOf, parseParams, valuesOf } from "./params.js";

const MAX_ANSWERS = 32;
const MAX_TAGS = 16;
const FIRST_VISIT = ["demo/fast", "demo/thinker", "demo/markdown"];

/**
 * @typedef {import("./params.js").Values} Values
 * @typedef {{model: string, overrides: Values, system?: string, samples?: number}} DraftColumn  an absent system is that of all columns, "" is none
 * @typedef {import("./template.js").Texts & {title: string, tags: string, knownTags: string[], columns: DraftColumn[], values: Values, attachments: import("./attachments.js").File[]}} Draft
 * @typedef {{key: string, body: string}} Submission  the key under which this very body is submitted
 */

/** @returns {Draft} */
export function emptyDraft() {
  return { prompt: "", system: "", before: [], template: null, variables: {}, title: "", tags: "", knownTags: [], columns: [], values: {}, attachments: [] };
}

/** Whatever was stored -> a draft that is safe to use. */
export function restoreDraft(/** @type {any} */ stored) {
  const draft = emptyDraft();
  if (stored === null || typeof stored !== "object") return draft;
  for (const name of /** @type {const} */ (["prompt", "system", "title", "tags"])) {
    if (typeof stored[name] === "string") draft[name] = stored[name];
  }
  draft.knownTags = (Array.isArray(stored.knownTags) ? stored.knownTags : []).filter((/** @type {any} */ tag) => typeof tag === "string");
  draft.before = messagesOf(stored.before);
  draft.template = restoreTemplate(stored.template);
  draft.variables = restoreVariables(stored.variables);
  draft.values = cleanValues(stored.values);
  draft.attachments = filesOf(stored.attachments);
  draft.columns = (Array.isArray(stored.columns) ? stored.columns : [])
    .filter((/** @type {any} */ column) => typeof column?.model === "string" && column.model !== "")
    .slice(0, MAX_COLUMNS)
    .map(restoreColumn);
  return draft;
}

/** @returns {DraftColumn} */
function restoreColumn(/** @type {any} */ column) {
  const { values, problems } = parseParams({ samples: String(column.samples ?? "") }, [SAMPLES]);
  return columnOf(column.model, {
    values: cleanValues(column.overrides),
    system: typeof column.system === "string" ? column.system : undefined,
    samples: problems.samples ? undefined : values.samples,
  });
}

/**
 * A column with what is its own; what is as usual is not kept.
 * @type {(model: string, own: {values: Values, system?: string, samples?: number}) => DraftColumn}
 */
export function columnOf(model, { values, system, samples = 1 }) {
  /** @type {DraftColumn} */
  const column = { model, overrides: values };
  if (system !== undefined) column.system = system;
  if (samples > 1) column.samples = samples;
  return column;
}

/** What is remembered for the next comparison: models and parameters, never what was said. */
export function lastUsed(/** @type {Draft} */ draft) {
  const columns = draft.columns.map(({ model, overrides, samples }) => columnOf(model, { values: withoutWords(overrides), samples }));
  return { columns, values: withoutWords(draft.values) };
}

/** Extra body fields are free text, nobody knows what is in them; schema and tools belong to their question. None is kept. */
const WORDS = new Set(["extra", "tools", "tool_choice", "off", ...OUTPUT]);

function withoutWords(/** @type {Values} */ values) {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !WORDS.has(name)));
}

/** Models for the very first visit: the three simulated ones, else the first that can be used. */
export function firstColumns(/** @type {{id: string, available: boolean, local?: boolean, source?: string, simulated?: boolean}[]} */ models) {
  // That a catalog knows a model of this machine does not say that a server for it runs here.
  const guessed = (/** @type {typeof models[0]} */ { local, source, simulated }) => local && source === "catalog" && !simulated;
  const usable = models.filter((model) => model.available && !guessed(model)).map((model) => model.id);
  const wanted = FIRST_VISIT.filter((id) => usable.includes(id));
  return (wanted.length ? wanted : usable.slice(0, 3)).map((model) => ({ model, overrides: {} }));
}

/** "maths, 数学，Test" -> ["maths", "数学", "Test"]; tags that came with it may hold commas themselves. */
export function tagsOf(/** @type {string} */ text, /** @type {string[]} */ known = []) {
  return tagsIn(text, known).slice(0, MAX_TAGS);
}

/** The body of POST /api/v1/comparisons. Empty things are left out; some things belong to columns there. */
export function requestOf(/** @type {Draft} */ draft) {
  const { params, reasoning, output, tools, tool_choice, modalities, routing } = apiSettings(draft.values);
  const tags = tagsOf(draft.tags, draft.knownTags);
  return dropUnset({
    ...requestTexts(draft),
    attachments: idsOf(draft.attachments),
    models: draft.columns.map((column) => modelOf(column, draft.values)),
    ...{ params, reasoning, output, tools, tool_choice, modalities, routing },
    title: draft.title.trim() || undefined,
    tags: tags.length ? tags : undefined,
  });
}

function modelOf(/** @type {DraftColumn} */ { model, overrides, system, samples }, /** @type {Values} */ common) {
  const given = Object.fromEntries(PER_COLUMN.filter((name) => name in common).map((name) => [name, common[name]]));
  const own = { ...given, ...apiSettings(overrides) };
  const extra = own.extra ? { ...common.extra, ...own.extra } : undefined;
  const entry = dropUnset({ model, ...own, output: outputOf(overrides, common), extra, system, samples });
  return Object.keys(entry).length > 1 ? entry : model;
}

function dropUnset(/** @type {Record<string, any>} */ object) {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}

/**
 * The key to submit `body` with. The same body keeps its key, so that a second click or a repeated attempt after a lost
 * answer names the same comparison; a changed body gets a new one.
 * @returns {Submission}
 */
export function submissionOf(/** @type {string} */ body, /** @type {Submission | null} */ previous, /** @type {() => string} */ newKey) {
  return previous?.body === body ? previous : { key: newKey(), body };
}

/**
 * What stops a draft from being submitted, or null.
 * @type {(draft: Draft) => {field: string, code: string, asked?: number, name?: string} | null}
 */
export function problemOf(draft) {
  if (draft.columns.length === 0) return { field: "models", code: "no_models" };
  if (draft.columns.length > MAX_COLUMNS) return { field: "models", code: "too_many" };
  const asked = answersOf(draft.columns);
  if (asked > MAX_ANSWERS) return { field: "models", code: "too_many_answers", asked };
  if (draft.prompt.trim() === "" && draft.attachments.length === 0) return { field: "prompt", code: "no_prompt" };
  if (draft.attachments.some(({ id }) => !id)) return { field: "attachments", code: "uploading" };
  const name = missingOf(draft);
  return name === null ? null : { field: `variables.${name}`, code: "no_value", name };
}

const FIELD_OF = Object.freeze({
  prompt: "prompt", messages: "prompt", prompt_version: "prompt", variables: "prompt", system: "system", models: "models", title: "title", tags: "tags",
  params: "params", reasoning: "params", output: "params", extra: "params", tools: "params", tool_choice: "params", modalities: "params",
  routing: "params", off: "params", attachments: "attachments",
});

/**
 * The form field that an API error speaks of, and the column if it is about one: details are {field: "models.1"} or a
 * list of {loc: ["body", "models", 1, ...]}. "form" when it is about none.
 * @returns {{field: string, index: number | null}}
 */
export function fieldOf(/** @type {any} */ details) {
  for (const path of (Array.isArray(details) ? details : [details]).map(pathOf)) {
    if (path[0] === "variables" && path[1]) return { field: path.join("."), index: null };
    const at = path.findIndex((part) => Object.hasOwn(FIELD_OF, part));
    if (at < 0) continue;
    const index = path[at] === "models" && /^\d+$/.test(path[at + 1] ?? "") ? Number(path[at + 1]) : null;
    return { field: FIELD_OF[/** @type {keyof typeof FIELD_OF} */ (path[at])], index };
  }
  return { field: "form", index: null };
}

/** The parameter that an API error speaks of, by field name; null when it is about none. @returns {string | null} */
export function paramOf(/** @type {any} */ details) {
  for (const path of (Array.isArray(details) ? details : [details]).map(pathOf)) {
    const at = path.findIndex((part) => ["params", "reasoning", "output"].includes(part));
    if (at < 0) {
      const names = path[0] === "models" ? ["protocol", "off", ...PLAIN, ...PER_COLUMN] : PLAIN;
      const own = path.find((part) => names.includes(part));
      if (own) return own;
      continue;
    }
    const name = path[at + 1];
    if (path[at] === "output") return OUTPUT.includes(name) ? name : "schema";
    if ([...PARAMS, ...REASONING].includes(name)) return name;
  }
  return null;
}

/** @returns {string[]} */
function pathOf(/** @type {any} */ detail) {
  if (Array.isArray(detail?.loc)) return detail.loc.map(String);
  return typeof detail?.field === "string" ? detail.field.split(".") : [];
}

/** @typedef {{id: string, text: string, before: import("./template.js").Said[], files: import("./attachments.js").File[], missing: import("./attachments.js").File[]}} Asked */

/** What was asked in a comparison, a turn each, in order; `before`: few-shot messages. @returns {Asked[]} */
export function askedOf(/** @type {any} */ state) {
  return (state?.turns ?? []).map((/** @type {any} */ turn) => {
    const { prompt, before } = splitTurn(turn);
    return { id: turn.id, text: prompt, before, files: filesIn(turn), missing: missingIn(turn) };
  });
}

/** A new draft with the models, parameters and first prompt of a comparison. */
export function draftOf(/** @type {any} */ state, { withPrompt = true } = {}) {
  const first = withPrompt ? askedOf(state)[0] : undefined;
  const knownTags = withPrompt ? state?.tags ?? [] : [];
  return restoreDraft({
    prompt: first?.text,
    before: first?.before,
    attachments: first?.files,
    system: state?.system ?? "",
    tags: tagsText(knownTags),
    knownTags,
    values: valuesOf(state?.settings),
    columns: (state?.columns ?? []).map((/** @type {any} */ column) => ({
      model: column.model,
      overrides: valuesOf(column.overrides ?? { params: column.params }),
      system: column.overrides?.system,
      samples: column.samples,
    })),
  });
}
