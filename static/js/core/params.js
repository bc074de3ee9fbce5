/**
 * Parameters of a request as people type them: text to values and back, what is wrong, chips and override badges.
 * An empty field is no value (not sent); 0 is a value.
 */

import { t } from "./i18n.js";

/**
 * @typedef {"number" | "integer" | "choice" | "lines" | "object"} Kind
 * @typedef {{name: string, kind: Kind, least?: number, most?: number, above?: number, short: () => string}} Field
 * @typedef {Record<string, any>} Values  set parameters by field name; `effort` and `extra` among them
 * @typedef {{code: string, least?: number, most?: number}} Problem
 */

/** @type {readonly Field[]} */
export const FIELDS = Object.freeze([
  { name: "temperature", kind: "number", least: 0, most: 10, short: () => t("temp") },
  { name: "top_p", kind: "number", least: 0, most: 1, short: () => t("top p") },
  { name: "max_tokens", kind: "integer", least: 1, short: () => t("max") },
  { name: "seed", kind: "integer", short: () => t("seed") },
  { name: "effort", kind: "choice", short: () => t("effort") },
  { name: "stop", kind: "lines", short: () => t("stop at") },
  { name: "timeout", kind: "number", above: 0, most: 3600, short: () => t("timeout") },
  { name: "max_retries", kind: "integer", least: 0, most: 5, short: () => t("retries") },
  { name: "extra", kind: "object", short: () => t("extra") },
]);

/** Of one column only: how many answers it asks for. @type {Field} */
export const SAMPLES = { name: "samples", kind: "integer", least: 1, most: 32, short: () => t("samples") };

/** @type {Record<string, () => string>} */
const EFFORTS = {
  none: () => t("none"),
  minimal: () => t("minimal"),
  low: () => t("low"),
  medium: () => t("medium"),
  high: () => t("high"),
  xhigh: () => t("extra high"),
  max: () => t("maximum"),
};
const PARAMS = ["temperature", "top_p", "max_tokens", "stop", "seed", "timeout", "max_retries"];

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
  choice: (text) => (Object.hasOwn(EFFORTS, text) ? { value: text } : { problem: { code: "choice" } }),
  lines: (text) => {
    const value = text.split("\n").map((line) => unescape(line.replace(/\r$/, ""))).filter((line) => line !== "");
    return { value };
  },
  object: (text) => {
    try {
      const value = JSON.parse(text);
      if (value !== null && typeof value === "object" && !Array.isArray(value)) return { value };
    } catch {
      return { problem: { code: "json" } };
    }
    return { problem: { code: "json" } };
  },
};

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
    else texts[name] = kind === "object" ? JSON.stringify(value, null, 2) : String(value);
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

/** Values -> what the API calls them; undefined where nothing is set. */
export function apiSettings(/** @type {Values} */ values) {
  const params = Object.fromEntries(PARAMS.filter((name) => name in values).map((name) => [name, values[name]]));
  return {
    params: Object.keys(params).length ? params : undefined,
    reasoning: "effort" in values ? { effort: values.effort } : undefined,
    extra: values.extra,
  };
}

/** Settings or overrides of a stored comparison -> values. */
export function valuesOf(/** @type {any} */ settings) {
  const { params = {}, reasoning = {}, extra } = settings ?? {};
  return cleanValues({ ...params, effort: reasoning?.effort, extra });
}

/** Short words for chips: [{name, label, text}], in the order of the form. */
export function chipsOf(/** @type {Values} */ values) {
  return FIELDS.filter(({ name }) => name in values).map(({ name, short, kind }) => ({
    name,
    label: short(),
    text: WORDS[kind]?.(values[name]) ?? String(values[name]),
  }));
}

/** @type {Partial<Record<Kind, (value: any) => string>>} */
const WORDS = {
  object: (value) => Object.keys(value).join(", "),
  lines: shortList,
  choice: (value) => (Object.hasOwn(EFFORTS, value) ? EFFORTS[value]() : String(value)),
};

function shortList(/** @type {string[]} */ list) {
  return list.map((line) => `"${escape(line)}"`).join(" ");
}

/** What a column sets differently from the common values: "temp 0.6*", "temp 0.6* +2", or "" when nothing differs. */
export function overrideBadge(/** @type {Values} */ overrides, /** @type {Values} */ common) {
  const differing = chipsOf(overrides).filter(({ name }) => JSON.stringify(overrides[name]) !== JSON.stringify(common[name]));
  if (differing.length === 0) return "";
  const [first, ...others] = differing;
  return `${first.label} ${first.text}*${others.length ? ` +${others.length}` : ""}`;
}

/**
 * What is a column's own, as short marks: "temp 0.6*", "system*", "× 3".
 * @type {(column: {overrides: Values, system?: string | null, samples?: number}, common: Values) => {text: string, title: string}[]}
 */
export function marksOf({ overrides, system, samples = 1 }, common) {
  const badge = overrideBadge(overrides, common);
  const marks = [];
  if (badge) marks.push({ text: badge, title: t("Differs from the common settings") });
  if (system != null) marks.push({ text: t("system*"), title: system.trim() || t("Without a system prompt") });
  if (samples > 1) marks.push({ text: `× ${samples}`, title: t("{n} answers, each asked by itself", { n: samples }) });
  return marks;
}
