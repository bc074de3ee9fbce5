/** The rows of the picker: a group a provider, a row a model, and the row of a typed id. Names are text, never markup. */

import { contextText, iconsOf, pieces, priceText } from "../core/picker.js";
import { t } from "../core/i18n.js";
import { el, icon } from "./dom.js";

/** @typedef {{query: string, wanted: Map<string, number>, letters: (id: string) => string[]}} Context */

/** @type {Readonly<Record<string, () => string>>} */
const WORDS = Object.freeze({
  reasoning: () => t("reasoning"),
  vision: () => t("vision"),
  tools: () => t("tools"),
  json: () => "JSON",
  local: () => t("local"),
});

const wordOf = (/** @type {string} */ capability) => WORDS[capability]?.() ?? capability;

export function groupOf(/** @type {import("../core/picker.js").Group} */ group, /** @type {Node[]} */ rows) {
  return el("div", { role: "group", "aria-label": group.label }, el("div", { class: "picker-group", "aria-hidden": "true" }, group.label), ...rows);
}

/** One model. An unavailable one says why and cannot be chosen. */
export function rowOf(/** @type {import("../core/picker.js").Model} */ model, /** @type {Context} */ context) {
  const letters = context.letters(model.id);
  const icons = iconsOf(model).map((name) => el("span", { class: "cap", title: wordOf(name) }, icon(name), el("span", { class: "visually-hidden" }, wordOf(name))));
  const why = model.available ? "" : model.why_unavailable || t("not available");
  const name = el("span", { class: "picker-name" }, ...marked(model.label || model.model_id, context.query));
  if (model.label && model.label !== model.model_id) name.append(el("span", { class: "picker-id" }, ...marked(model.model_id, context.query)));
  if (model.typed) name.append(el("span", { class: "picker-why" }, t("typed, on no list")));
  if (why) name.append(el("span", { class: "picker-why" }, why));
  return option(model.id, !model.available, context, [
    name,
    letters.length ? el("span", { class: "chip", title: t("already chosen") }, letters.join(" ")) : null,
    el("span", { class: "picker-caps" }, ...icons),
    el("span", { class: "picker-price" }, priceText(model, t("free"))),
    el("span", { class: "picker-context" }, contextText(model)),
  ]);
}

export function typedRow(/** @type {{id: string, provider_label?: string, provider: string}} */ typed, /** @type {Context} */ context) {
  return option(typed.id, false, context, [
    el("span", { class: "picker-name" }, t("Use “{id}”", { id: typed.id }), el("span", { class: "picker-id" }, typed.provider_label || typed.provider)),
  ]);
}

/** @param {string} id @param {boolean} disabled @param {Context} context @param {(Node | null)[]} cells */
function option(id, disabled, { wanted }, cells) {
  const copies = wanted.get(id) ?? 0;
  const row = el(
    "div",
    { role: "option", "data-id": id, "aria-selected": String(copies > 0), "aria-disabled": disabled ? "true" : null, class: "picker-row" },
    el("span", { class: "picker-check", "aria-hidden": "true" }, copies > 0 ? icon("check") : null),
    ...cells,
  );
  if (copies > 0) row.append(copiesOf(copies));
  return row;
}

/** How many copies: with the mouse by − and +, with the keyboard by a digit. */
function copiesOf(/** @type {number} */ copies) {
  return el(
    "span",
    { class: "picker-copies" },
    el("span", { class: "step", "data-step": -1, "aria-hidden": "true" }, "−"),
    el("span", {}, `× ${copies}`),
    el("span", { class: "step", "data-step": 1, "aria-hidden": "true" }, "+"),
  );
}

function marked(/** @type {string} */ text, /** @type {string} */ query) {
  return pieces(text, query).map(({ text: part, hit }) => (hit ? el("mark", {}, part) : part));
}
