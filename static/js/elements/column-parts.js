/** Small parts of a column that only say what its model is: chips, badges, names. */

import { contextSize, splitModel } from "../core/format.js";
import { sentence, t } from "../core/i18n.js";
import { marksOf, valuesOf } from "../core/params.js";
import { el, icon } from "./dom.js";

/** @typedef {import("../core/types").Column} Column */
/** @typedef {import("../core/types").Run} Run */

/** @type {Record<string, () => string>} */
const CAPABILITIES = {
  vision: () => t("vision"),
  tools: () => t("tools"),
  reasoning: () => t("reasoning"),
  json: () => t("JSON"),
  audio: () => t("audio"),
  local: () => t("local"),
};
const SAME = new Map([["structured_output", "json"], ["json_mode", "json"], ["image_input", "vision"], ["audio_input", "audio"]]);

/** Name, provider, and the model that answered if it calls itself something else. */
export function names(/** @type {Column} */ column, /** @type {Run | null} */ run) {
  const { provider, name } = splitModel(column.model);
  const answered = run?.model && run.model !== name && run.model !== column.model ? run.model : "";
  const offered = column.provider || (provider === "group" ? t("Group") : provider);
  const imported = run?.metadata?.imported ? t("imported") : "";
  return { name, provider: offered, answered, imported };
}

/** Chips for what is known of the model. */
export function chips(/** @type {Column} */ { capabilities = {}, context_window: context = null }) {
  const known = Object.entries(capabilities).filter(([, can]) => can).map(([name]) => SAME.get(name) ?? name);
  const list = [...new Set(known)].filter((name) => Object.hasOwn(CAPABILITIES, name)).map((name) => el("li", { class: "chip" }, icon(name), CAPABILITIES[name]()));
  if (context) list.push(el("li", { class: "chip", title: t("context window") }, contextSize(context)));
  return list;
}

/** What this column sets differently, whether it has a system prompt of its own, and how many samples. */
export function badges(/** @type {Column} */ column, /** @type {any} */ common) {
  const overrides = column.overrides ?? { params: column.params ?? {} };
  const marks = marksOf({ overrides: valuesOf(overrides), system: overrides.system, samples: column.samples }, valuesOf(common));
  return marks.map(({ text, title }) => el("span", { class: "override", title }, text));
}

/** What became of parameters that this provider could not take as they were. */
export function reportNote(/** @type {Run | null} */ run) {
  const { dropped = {}, clamped = {} } = run?.request_report ?? {};
  const parts = [
    ...Object.entries(dropped).map(([name, reason]) => t("{name} was not sent: {reason}", { name, reason: sentence(reason) })),
    ...Object.entries(clamped).map(([name, { from, to }]) => t("{name} was {from}, sent as {to}", { name, from: shown(from), to: shown(to) })),
  ];
  return parts.join("\n");
}

const shown = (/** @type {unknown} */ value) => (value === null ? t("not set") : typeof value === "string" ? value : JSON.stringify(value));

/** The badge of a winner. One word leaves room for how the answer ended; the figures that won are marked, too. */
export function winParts(/** @type {string[]} */ words) {
  const rest = words.length > 1 ? ` +${words.length - 1}` : "";
  return [icon("bolt"), el("span", { "aria-hidden": "true" }, `${words[0] ?? ""}${rest}`), el("span", { class: "visually-hidden" }, words.join(" · "))];
}
