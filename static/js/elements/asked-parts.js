/** What was asked in a comparison, as it stands above the answers: title, labels, parameters and every turn. */

import { t } from "../core/i18n.js";
import { chipsOf, valuesOf } from "../core/params.js";
import { fileList } from "./attached-files.js";
import { el } from "./dom.js";

/** @typedef {import("../core/draft.js").Asked} Asked */
/** @typedef {(asked: Asked, button: HTMLElement) => void} Keep */

/**
 * `keep` makes a prompt of a turn, `label` changes title, tags and metadata; null where that cannot be done here.
 * @param {any} state @param {Asked[]} turns @param {{keep: Keep | null, label: (() => void) | null}} acts @returns {Node[]}
 */
export function askedParts(state, turns, { keep, label }) {
  const { title = "", tags = [], system = "", settings = {}, metadata = {} } = state ?? {};
  const pairs = Object.entries(metadata).map(([key, value]) => `${key} = ${value}`).join("\n");
  const facts = [...tags.map((/** @type {string} */ tag) => `#${tag}`), ...chipsOf(valuesOf(settings)).map(({ label: name, text }) => `${name} ${text}`)];
  const parts = [
    title ? el("h2", {}, title) : null,
    facts.length ? el("ul", { class: "chip-list" }, ...facts.map((fact) => el("li", { class: "chip" }, fact))) : null,
    ...(pairs ? said(t("Metadata"), pairs) : []),
    label && state ? labelButton(label) : null,
    ...(system ? said(t("System"), system) : []),
    ...turns.flatMap((asked, index) => turnParts(asked, turns.length > 1 ? t("Turn {n}", { n: index + 1 }) : t("Prompt"), keep)),
  ];
  return parts.filter((part) => part !== null);
}

function labelButton(/** @type {() => void} */ label) {
  const button = el("button", { type: "button", class: "small", "data-label": true }, t("Title, tags and metadata…"));
  button.addEventListener("click", label);
  return el("p", {}, button);
}

/** A turn with the messages before it, and the way to keep it as a prompt. @type {(asked: Asked, label: string, keep: Keep | null) => Node[]} */
function turnParts(asked, label, keep) {
  const roles = /** @type {Record<string, string>} */ ({ user: t("Example: user"), assistant: t("Example: assistant"), system: t("System") });
  const text = asked.text || asked.files.length === 0 ? said(label, asked.text) : [el("h3", { class: "label" }, label)];
  const parts = [...asked.before.flatMap(({ role, content }) => said(roles[role], content)), ...text, fileList(asked.files, asked.missing)];
  if (!keep || asked.text.trim() === "") return parts.filter((part) => part !== null);
  const save = el("button", { type: "button", class: "small" }, t("Save as prompt…"));
  save.addEventListener("click", () => keep(asked, save));
  return [...parts.filter((part) => part !== null), el("p", {}, save)];
}

function said(/** @type {string} */ label, /** @type {string} */ text) {
  return [el("h2", { class: "label" }, label), el("p", { class: "asked-text" }, text)];
}
