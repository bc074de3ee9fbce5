/**
 * The model list of the picker: what matches, in what order and groups, what a row shows, which typed id is usable.
 */

import { contextSize } from "./format.js";

/**
 * @typedef {{id: string, provider: string, provider_label?: string, model_id: string, label: string,
 *   capabilities: Record<string, boolean | null>, context_window: number | null, prices: Record<string, any> | null,
 *   available: boolean, why_unavailable?: string | null, typed?: boolean, protocols?: string[],
 *   efforts?: string[] | null}} Model
 * @typedef {{id: string, label: string, available: boolean, why_unavailable: string}} Provider
 * @typedef {{provider: string, label: string, models: Model[]}} Group
 * @typedef {{query: string, filters: Iterable<string>}} Wish
 */

/** How many rows are drawn at most: more than anybody reads, few enough to stay quick. */
const MAX_ROWS = 200;

const has = (/** @type {Model} */ model, /** @type {string[]} */ ...names) => names.some((name) => model.capabilities?.[name] === true);

/** @type {Readonly<Record<string, (model: Model) => boolean>>} */
export const FILTERS = Object.freeze({
  reasoning: (model) => has(model, "reasoning"),
  vision: (model) => has(model, "image_input"),
  tools: (model) => has(model, "tools"),
  json: (model) => has(model, "structured_output", "json_mode"),
  local: (model) => has(model, "local"),
  cheap: (model) => {
    const { input, output } = pricesOf(model);
    return input !== null && output !== null && input <= 1 && output <= 1;
  },
  long: (model) => (model.context_window ?? 0) >= 128000,
  ready: (model) => model.available,
});

/** Input and output price in dollars a million tokens; null = unknown. */
function pricesOf(/** @type {Model} */ { prices }) {
  const read = (/** @type {unknown} */ value) => {
    const number = value === null || value === undefined || value === "" ? NaN : Number(value);
    return Number.isFinite(number) ? number : null;
  };
  return { input: read(prices?.input), output: read(prices?.output) };
}

/** "$0.6 / $2.2", "free", or "" when nothing is known. */
export function priceText(/** @type {Model} */ model, free = "free") {
  const { input, output } = pricesOf(model);
  if (input === null && output === null) return "";
  if (input === 0 && output === 0) return free;
  return [input, output].map((price) => (price === null ? "–" : `$${trim(price)}`)).join(" / ");
}

const trim = (/** @type {number} */ price) => String(Number(price.toPrecision(3)));

/** "128k", "1M", "" when unknown. */
export function contextText(/** @type {Model} */ { context_window: size }) {
  return size ? contextSize(size) : "";
}

/** Capabilities worth a small icon, in a fixed order. */
export function iconsOf(/** @type {Model} */ model) {
  return ["reasoning", "vision", "tools", "json", "local"].filter((name) => FILTERS[name](model));
}

const fold = (/** @type {string} */ text) => text.normalize("NFKC").toLowerCase();

const wordsOf = (/** @type {string} */ query) => fold(query).split(/\s+/).filter(Boolean);

function matches(/** @type {Model} */ model, /** @type {string[]} */ words) {
  const text = fold(`${model.id} ${model.label} ${model.provider_label ?? ""}`);
  return words.every((word) => text.includes(word));
}

/** Models that match all words and all filters, grouped by provider; what can be used comes first. */
export function groupsOf(/** @type {Model[]} */ models, /** @type {Wish} */ { query, filters }) {
  const words = wordsOf(query);
  const tests = [...filters].map((name) => FILTERS[name]);
  /** @type {Map<string, Group>} */
  const groups = new Map();
  for (const model of models) {
    if (!tests.every((test) => test(model)) || !matches(model, words)) continue;
    const label = model.provider_label || model.provider;
    if (!groups.has(model.provider)) groups.set(model.provider, { provider: model.provider, label, models: [] });
    groups.get(model.provider)?.models.push(model);
  }
  const rank = (/** @type {Model} */ model) => (model.available ? 0 : 2) + (startsWith(model, words[0]) ? 0 : 1);
  for (const group of groups.values()) group.models.sort((a, b) => rank(a) - rank(b));
  const ready = (/** @type {Group} */ group) => (group.models.some((model) => model.available) ? 0 : 1);
  return [...groups.values()].sort((a, b) => ready(a) - ready(b));
}

function startsWith(/** @type {Model} */ model, /** @type {string | undefined} */ word) {
  return word !== undefined && (fold(model.model_id).startsWith(word) || fold(model.id).startsWith(word));
}

/** The first `limit` rows of the groups, and how many are left out. */
export function cut(/** @type {Group[]} */ groups, limit = MAX_ROWS) {
  let room = limit;
  const shown = [];
  for (const group of groups) {
    if (room <= 0) break;
    shown.push({ ...group, models: group.models.slice(0, room) });
    room -= group.models.length;
  }
  return { groups: shown, left: Math.max(0, -room) + rest(groups, shown.length) };
}

const rest = (/** @type {Group[]} */ groups, /** @type {number} */ from) => groups.slice(from).reduce((sum, group) => sum + group.models.length, 0);

/** `text` in pieces, so that what matched can be marked: [{text, hit}]. */
export function pieces(/** @type {string} */ text, /** @type {string} */ query) {
  const lower = text.toLowerCase();
  const hits = new Array(text.length).fill(false);
  for (const word of lower.length === text.length ? wordsOf(query) : []) {
    for (let at = lower.indexOf(word); at >= 0; at = lower.indexOf(word, at + word.length)) hits.fill(true, at, at + word.length);
  }
  /** @type {{text: string, hit: boolean}[]} */
  const found = [];
  for (let i = 0; i < text.length; i += 1) {
    const last = found.at(-1);
    if (last && last.hit === hits[i]) last.text += text[i];
    else found.push({ text: text[i], hit: hits[i] });
  }
  return found;
}

/**
 * The model that a typed id names although no row has it: whichever of "/" and ":" comes first separates, if a known
 * provider stands before it. Null when it names none, or a listed one.
 */
export function typedModel(/** @type {string} */ query, /** @type {Model[]} */ models, /** @type {Provider[]} */ providers = []) {
  const text = query.trim();
  const at = text.search(/[/:]/);
  const provider = text.slice(0, at);
  const modelId = text.slice(at + 1).trim();
  if (at < 1 || modelId === "" || provider === "group" || /\s/.test(text)) return null; // groups are there or not
  const known = providers.find((one) => one.id === provider)?.label ?? models.find((model) => model.provider === provider)?.provider_label;
  const id = `${provider}/${modelId}`;
  if (known === undefined || models.some((model) => model.id === id)) return null;
  return { id, provider, provider_label: known, model_id: modelId, label: modelId, typed: true };
}

/** Sets how many copies of a model are wanted; 0 takes it out. Never more than `room` altogether. */
export function setCopies(/** @type {Map<string, number>} */ wanted, /** @type {string} */ id, /** @type {number} */ copies, /** @type {number} */ room) {
  const next = new Map(wanted);
  next.delete(id);
  const free = room - total(next);
  const possible = Math.max(0, Math.min(copies, free));
  if (possible > 0) next.set(id, possible);
  return next;
}

export function total(/** @type {Map<string, number>} */ wanted) {
  return [...wanted.values()].reduce((sum, copies) => sum + copies, 0);
}

/** Every wanted model as often as it is wanted. */
export function idsOf(/** @type {Map<string, number>} */ wanted) {
  return [...wanted].flatMap(([id, copies]) => new Array(copies).fill(id));
}
