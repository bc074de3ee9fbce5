/** The parameters that can be set: what they are called, what kind of value each takes, and the words for choices. */

import { t } from "./i18n.js";

/**
 * @typedef {"number" | "integer" | "choice" | "flag" | "text" | "lines" | "object" | "tools" | "toolChoice" | "list"} Kind
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

/** @type {Words} */
const CHOICES = { auto: () => t("as the model likes"), none: () => t("none of them"), required: () => t("one at least") };

/** @type {Words} */
const MODALITIES = {
  text: () => t("text"),
  "text,image": () => t("text and pictures"),
  "text,audio": () => t("text and sound"),
  "text,image,audio": () => t("text, pictures and sound"),
};

/** @type {Words} */
const THOUGHTS = { true: () => t("left out"), false: () => t("sent along") };

/** @type {Words} */
const OFF = {
  output: () => t("answer as JSON"),
  tools: () => t("tools"),
  "output,tools": () => t("answer as JSON, and tools"),
  reasoning: () => t("reasoning"),
  modalities: () => t("kinds of answer"),
  routing: () => t("routing"),
};

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
  { name: "tools", kind: "tools", short: () => t("tools"), shown: (tools) => tools.map(toolName).join(", ") },
  { name: "tool_choice", kind: "toolChoice", words: CHOICES, short: () => t("tool use"), shown: (choice) => (typeof choice === "string" ? CHOICES[choice]?.() ?? choice : choice.name) },
  { name: "enabled", kind: "flag", words: YES_NO, short: () => t("reasoning on") },
  { name: "budget", kind: "integer", least: 0, short: () => t("reasoning budget") },
  { name: "summary", kind: "choice", words: SUMMARIES, short: () => t("reasoning summary") },
  { name: "exclude", kind: "flag", words: THOUGHTS, short: () => t("reasoning text") },
  { name: "modalities", kind: "list", words: MODALITIES, short: () => t("gives") },
  { name: "stream", kind: "flag", words: PIECES, short: () => t("answer") },
  { name: "service_tier", kind: "text", most: 64, short: () => t("tier") },
  { name: "logprobs", kind: "flag", words: YES_NO, short: () => t("probabilities") },
  { name: "top_logprobs", kind: "integer", least: 0, most: 20, short: () => t("alternatives") },
  { name: "routing", kind: "object", short: () => t("routing") },
  { name: "extra", kind: "object", short: () => t("extra") },
  { name: "off", kind: "list", words: OFF, short: () => t("without") },
  { name: "protocol", kind: "choice", words: PROTOCOLS, short: () => t("via") },
]);

/** Of one column only: how many answers it asks for. @type {Field} */
export const SAMPLES = { name: "samples", kind: "integer", least: 1, most: 32, short: () => t("samples") };

/** Which of them the API keeps together, and under which name. */
export const PARAMS = ["temperature", "top_p", "max_tokens", "stop", "seed", "timeout", "max_retries", "logprobs", "top_logprobs", "service_tier"];
export const REASONING = ["effort", "summary", "budget", "enabled", "exclude"];
export const OUTPUT = ["schema", "method", "strict"];
/** What it takes as it is. */
export const PLAIN = ["tools", "tool_choice", "modalities", "routing"];
/** What the API knows for single columns only: what is set for all of them goes to each. */
export const PER_COLUMN = ["extra", "stream"];

/** However a tool is written: flat, as a function, or one that the provider runs itself. */
export function toolName(/** @type {any} */ tool) {
  const name = tool?.name ?? tool?.function?.name ?? tool?.toolSpec?.name ?? tool?.type;
  return typeof name === "string" ? name : "";
}

function schemaName(/** @type {any} */ schema) {
  return typeof schema.title === "string" && schema.title.trim() ? schema.title.trim().slice(0, 40) : t("by schema");
}
