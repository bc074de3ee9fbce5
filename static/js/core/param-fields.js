/** The parameters that can be set: what they are called, what kind of value each takes, and the words for choices. */

import { t } from "./i18n.js";

/**
 * @typedef {"number" | "integer" | "choice" | "flag" | "text" | "lines" | "object"} Kind
 * @typedef {Record<string, () => string>} Words
 * @typedef {{name: string, kind: Kind, least?: number, most?: number, above?: number, short: () => string, words?: Words,
 *   shown?: (value: any) => string}} Field  `short` labels its chip, `shown` says its value there
 */

/** @type {Words} */
const EFFORTS = {
  none: () => t("none"),
  minimal: () => t("minimal"),
  low: () => t("low"),
  medium: () => t("medium"),
  high: () => t("high"),
  xhigh: () => t("extra high"),
  max: () => t("maximum"),
};

/** @type {Words} */
const SUMMARIES = { auto: () => t("automatic"), concise: () => t("concise"), detailed: () => t("detailed") };

/** @type {Words} */
const METHODS = {
  auto: () => t("automatic"),
  json_schema: () => t("JSON schema"),
  function_calling: () => t("function call"),
  json_mode: () => t("JSON mode"),
};

/** @type {Words} */
const YES_NO = { true: () => t("yes"), false: () => t("no") };

/** @type {Words} */
const PIECES = { true: () => t("as it is written"), false: () => t("in one piece") };

/** Names of protocols are not translated. @type {Words} */
export const PROTOCOLS = { chat: () => "Chat Completions", responses: () => "Responses", messages: () => "Messages" };

/** @type {readonly Field[]} */
export const FIELDS = Object.freeze([
  { name: "temperature", kind: "number", least: 0, most: 10, short: () => t("temp") },
  { name: "top_p", kind: "number", least: 0, most: 1, short: () => t("top p") },
  { name: "max_tokens", kind: "integer", least: 1, short: () => t("max") },
  { name: "seed", kind: "integer", short: () => t("seed") },
  { name: "effort", kind: "choice", words: EFFORTS, short: () => t("effort") },
  { name: "stop", kind: "lines", short: () => t("stop at") },
  { name: "timeout", kind: "number", above: 0, most: 3600, short: () => t("timeout") },
  { name: "max_retries", kind: "integer", least: 0, most: 5, short: () => t("retries") },
  { name: "schema", kind: "object", short: () => t("JSON"), shown: schemaName },
  { name: "method", kind: "choice", words: METHODS, short: () => t("method") },
  { name: "strict", kind: "flag", words: YES_NO, short: () => t("strict") },
  { name: "budget", kind: "integer", least: 0, short: () => t("reasoning budget") },
  { name: "summary", kind: "choice", words: SUMMARIES, short: () => t("reasoning summary") },
  { name: "stream", kind: "flag", words: PIECES, short: () => t("answer") },
  { name: "service_tier", kind: "text", most: 64, short: () => t("tier") },
  { name: "logprobs", kind: "flag", words: YES_NO, short: () => t("probabilities") },
  { name: "top_logprobs", kind: "integer", least: 0, most: 20, short: () => t("alternatives") },
  { name: "extra", kind: "object", short: () => t("extra") },
  { name: "protocol", kind: "choice", words: PROTOCOLS, short: () => t("via") },
]);

/** Of one column only: how many answers it asks for. @type {Field} */
export const SAMPLES = { name: "samples", kind: "integer", least: 1, most: 32, short: () => t("samples") };

/** Which of them the API keeps together, and under which name. */
export const PARAMS = ["temperature", "top_p", "max_tokens", "stop", "seed", "timeout", "max_retries", "logprobs", "top_logprobs", "service_tier"];
export const REASONING = ["effort", "summary", "budget"];
export const OUTPUT = ["schema", "method", "strict"];
/** What the API knows for single columns only: what is set for all of them goes to each. */
export const PER_COLUMN = ["extra", "stream"];

function schemaName(/** @type {any} */ schema) {
  return typeof schema.title === "string" && schema.title.trim() ? schema.title.trim().slice(0, 40) : t("by schema");
}
