/**
 * Parameters of a request as people type them: text to values and back, what is wrong, chips and override badges.
 * An empty field is no value (not sent); 0 is a value.
 */

import { t } from "./i18n.js";
import { FIELDS, OUTPUT, PARAMS, PLAIN, REASONING, SAMPLES, toolName } from "./param-fields.js";

export { FIELDS, SAMPLES };

/**
 * @typedef {import("./param-fields.js").Kind} Kind
 * @typedef {import("./param-fields.js").Field} Field
 * @typedef {Record<string, any>} Values  set parameters by field name
 * @typedef {{code: string, least?: number, most?: number}} Problem
 */

/** Text fields of a form -> the values that are set and the problems, both by field name. */
export function parseParams(/** @type {Record<string, string>} */ raw, /** @type {readonly Field[]} */ fields = FIELDS) {
  /** @type {Values} */
  const values = {};
  /** @type {Record<string, Problem>} */
  const problems = {};
  for (const field of fields) {
    const text = (raw[field.name] ?? "").trim();
    if (text === "") continue;
    const parsed = PARSERS[field.kind](text, field);
    if (parsed.problem) problems[field.name] = parsed.problem;
    else values[field.name] = parsed.value;
  }
  return { values, problems };
}

/** @type {Record<Kind, (text: string, field: Field) => {value?: any, problem?: Problem}>} */
const PARSERS = {
  number: (text, field) => inRange(numberOf(text), field, "number"),
  integer: (text, field) => {
    const value = numberOf(text);
    return Number.isSafeInteger(value) ? inRange(value, field, "integer") : { problem: { code: "integer" } };
  },
  choice: (text, { words = {} }) => (Object.hasOwn(words, text) ? { value: text } : { problem: { code: "choice" } }),
  flag: (text) => (text === "true" || text === "false" ? { value: text === "true" } : { problem: { code: "choice" } }),
  text: (text, { most = Infinity }) => (text.length <= most ? { value: text } : { problem: { code: "long", most } }),
  lines: (text) => {
    const value = text.split("\n").map((line) => unescape(line.replace(/\r$/, ""))).filter((line) => line !== "");
    return { value };
  },
  object: (text) => {
    const value = jsonOf(text);
    return isObject(value) ? { value } : { problem: { code: "json" } };
  },
  tools: (text) => {
    const value = jsonOf(text);
    const list = Array.isArray(value) ? value : [value];
    return list.every((tool) => isObject(tool) && toolName(tool) !== "") ? { value: list } : { problem: { code: "tools" } };
  },
  toolChoice: (text, { words = {} }) => ({ value: Object.hasOwn(words, text) ? text : { name: text } }),
  list: (text, { words = {} }) => (Object.hasOwn(words, text) ? { value: text.split(",") } : { problem: { code: "choice" } }),
};

/** Undefined for what is no JSON. */
function jsonOf(/** @type {string} */ text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isObject = (/** @type {unknown} */ value) => value !== null && typeof value === "object" && !Array.isArray(value);

/** "0,7" is what a German or French keyboard gives for 0.7; a thousands separator is not accepted. */
function numberOf(/** @type {string} */ text) {
  return /^[+-]?(\d+([.,]\d*)?|[.,]\d+)$/.test(text) ? Number(text.replace(",", ".")) : NaN;
}

function inRange(/** @type {number} */ value, /** @type {Field} */ { least, most, above }, /** @type {string} */ code) {
  if (!Number.isFinite(value)) return { problem: { code } };
  const low = above === undefined ? value >= (least ?? -Infinity) : value > above;
  if (low && value <= (most ?? Infinity)) return { value };
  return { problem: { code: "range", least: least ?? above, most } };
}

const ESCAPES = Object.freeze({ "\\n": "\n", "\\t": "\t", "\\r": "\r", "\\\\": "\\" });

function unescape(/** @type {string} */ line) {
  return line.replace(/\\[ntr\\]/g, (found) => ESCAPES[/** @type {keyof typeof ESCAPES} */ (found)]);
}

function escape(/** @type {string} */ line) {
  return line.replace(/\\/g, "\\\\").replace(/\n/g, "\\n").replace(/\t/g, "\\t").replace(/\r/g, "\\r");
}

/** Values -> the text of each form field. */
export function textsOf(/** @type {Values} */ values) {
  /** @type {Record<string, string>} */
  const texts = {};
  for (const { name, kind } of FIELDS) {
    const value = values[name];
    if (value === undefined) texts[name] = "";
    else if (kind === "lines") texts[name] = value.map(escape).join("\n");
    else if (kind === "toolChoice") texts[name] = String(value?.name ?? value);
    else texts[name] = kind === "object" || kind === "tools" ? JSON.stringify(value, null, 2) : String(value);
  }
  return texts;
}

/** Keeps what is a known, well-formed parameter: for values that come from storage or another version of the page. */
export function cleanValues(/** @type {unknown} */ values) {
  if (values === null || typeof values !== "object") return {};
  return parseParams(textsOf(plain(/** @type {Values} */ (values)))).values;
}

function plain(/** @type {Values} */ values) {
  /** @type {Values} */
  const kept = {};
  for (const { name, kind } of FIELDS) {
    const value = values[name];
    if (kind === "lines" ? Array.isArray(value) && value.every((line) => typeof line === "string") : value != null) {
      kept[name] = value;
    }
  }
  return kept;
}

function picked(/** @type {Values} */ values, /** @type {string[]} */ names) {
  const found = names.filter((name) => name in values).map((name) => [name, values[name]]);
  return found.length ? Object.fromEntries(found) : undefined;
}

/** Values -> what the API calls them; what is not set is not there. */
export function apiSettings(/** @type {Values} */ values) {
  const { extra, stream, protocol, off } = values;
  const given = { params: picked(values, PARAMS), reasoning: picked(values, REASONING), output: outputOf(values) };
  const settings = { ...given, ...picked(values, PLAIN), extra, stream, protocol, off };
  return /** @type {Record<string, any>} */ (Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)));
}

/**
 * The structured output that is asked for. A column that sets a part of it takes the rest from `common`: the API
 * replaces the whole. With JSON mode there is nothing to be strict about.
 */
export function outputOf(/** @type {Values} */ values, /** @type {Values} */ common = {}) {
  const own = picked(values, OUTPUT);
  if (!own) return undefined;
  const { strict, ...output } = { ...picked(common, OUTPUT), ...own };
  return strict === undefined || output.method === "json_mode" ? output : { ...output, strict };
}

/** What is wrong only when seen together, by field name. */
export function outputProblems(/** @type {Values} */ values, /** @type {Values} */ common = {}) {
  const output = outputOf(values, common);
  /** @type {Record<string, Problem>} */
  const problems = {};
  if (output && !output.schema && output.method !== "json_mode") problems.schema = { code: "no_schema" };
  return problems;
}

/** Settings or overrides of a stored comparison, or of a draft -> values. */
export function valuesOf(/** @type {any} */ settings) {
  const { params, reasoning, output, ...rest } = settings ?? {};
  return cleanValues({ ...rest, ...params, ...reasoning, ...output });
}

/** Short words for chips: [{name, label, text}], in the order of the form. */
export function chipsOf(/** @type {Values} */ values) {
  return FIELDS.filter(({ name }) => name in values).map((field) => ({ name: field.name, label: field.short(), text: shownAs(field, values[field.name]) }));
}

function shownAs(/** @type {Field} */ { kind, words, shown }, /** @type {any} */ value) {
  if (shown) return shown(value);
  if (kind === "object") return Object.keys(value).join(", ");
  if (kind === "lines") return shortList(value);
  return words && Object.hasOwn(words, String(value)) ? words[String(value)]() : String(value);
}

function shortList(/** @type {string[]} */ list) {
  return list.map((line) => `"${escape(line)}"`).join(" ");
}

/** What a column sets differently from the common values: "temp 0.6*", "temp 0.6* +2", or "" when nothing differs. */
export function overrideBadge(/** @type {Values} */ overrides, /** @type {Values} */ common) {
  const differing = chipsOf(overrides).filter(({ name }) => name !== "protocol" && JSON.stringify(overrides[name]) !== JSON.stringify(common[name]));
  if (differing.length === 0) return "";
  const [first, ...others] = differing;
  return `${first.label} ${first.text}*${others.length ? ` +${others.length}` : ""}`;
}

/**
 * What is a column's own, as short marks: "via Responses", "temp 0.6*", "system*", "× 3".
 * @type {(column: {overrides: Values, system?: string | null, samples?: number}, common: Values) => {text: string, title: string}[]}
 */
export function marksOf({ overrides, system, samples = 1 }, common) {
  const badge = overrideBadge(overrides, common);
  const marks = [];
  const via = chipsOf(overrides).find(({ name }) => name === "protocol");
  if (via) marks.push({ text: t("via {protocol}", { protocol: via.text }), title: t("The protocol that was chosen for this column") });
  if (badge) marks.push({ text: badge, title: t("Differs from the common settings") });
  if (system != null) marks.push({ text: t("system*"), title: system.trim() || t("Without a system prompt") });
  if (samples > 1) marks.push({ text: `× ${samples}`, title: t("{n} answers, each asked by itself", { n: samples }) });
  return marks;
}
