/**
 * The kept prompt that a draft is made of: messages before the prompt, variables with their values, what of it is sent.
 * Only a draft with a template has variables; braces in any other text are braces. Pure.
 */

import { escaped, namesIn, rendered } from "./variables.js";

const ROLES = ["system", "user", "assistant"];

/**
 * @typedef {{role: string, content: string}} Said
 * @typedef {{version: string, prompt: string, name: string, number: number, mine: boolean, system: string, messages: Said[]}} Template
 * @typedef {{prompt: string, system: string, before: Said[], template: Template | null, variables: Record<string, string>}} Texts
 */

/** Whatever was stored -> messages. @returns {Said[]} */
export function messagesOf(/** @type {any} */ stored) {
  const fits = (/** @type {any} */ said) => ROLES.includes(said?.role) && typeof said.content === "string";
  return (Array.isArray(stored) ? stored : []).filter(fits).map(({ role, content }) => ({ role, content }));
}

/** Whatever was stored -> a template, or null. @returns {Template | null} */
export function restoreTemplate(/** @type {any} */ stored) {
  const { version, prompt, name, number, system } = stored ?? {};
  const messages = messagesOf(stored?.messages);
  if (![version, prompt, name, system].every((text) => typeof text === "string") || messages.length === 0) return null;
  return { version, prompt, name, number: Number(number) || 1, mine: stored.mine === true, system, messages };
}

/** Whatever was stored -> values of variables. @returns {Record<string, string>} */
export function restoreVariables(/** @type {any} */ stored) {
  const entries = stored !== null && typeof stored === "object" ? Object.entries(stored) : [];
  return Object.fromEntries(entries.filter(([, value]) => typeof value === "string"));
}

/** What the API says of a prompt with one of its versions, as a template. @returns {Template} */
export function templateOf(/** @type {any} */ { id, name, mine, version }) {
  return { version: version.id, prompt: id, name, number: version.number, mine, system: version.system, messages: version.messages };
}

/**
 * A draft's texts after a prompt was chosen; values that were typed stay for variables of the same name.
 * @type {<T extends Texts>(draft: T, template: Template) => T}
 */
export function withTemplate(draft, template) {
  const before = template.messages.slice(0, -1);
  return { ...draft, template, system: template.system, before, prompt: template.messages.at(-1)?.content ?? "" };
}

/** The same texts as plain ones: no variables any more. @type {<T extends Texts>(draft: T) => T} */
export function withoutTemplate(draft) {
  return { ...draft, template: null, variables: {}, before: [] };
}

/** All texts of a draft that may hold variables. @returns {string[]} */
const textsOf = (/** @type {Texts} */ { system, before, prompt }) => [system, ...before.map(({ content }) => content), prompt];

/** The variables of a draft, in order; none without a template. */
export function variablesOf(/** @type {Texts} */ draft) {
  return draft.template ? namesIn(textsOf(draft)) : [];
}

/** The first variable that has no value, or null. */
export function missingOf(/** @type {Texts} */ draft) {
  return variablesOf(draft).find((name) => !Object.hasOwn(draft.variables, name) || draft.variables[name] === "") ?? null;
}

/** Whether the texts are not those of the version any more. */
export function isChanged(/** @type {Texts} */ draft) {
  if (!draft.template) return false;
  const { system, messages } = draft.template;
  return draft.system !== system || JSON.stringify(saidOf(draft)) !== JSON.stringify(messages);
}

/** The messages as they are written, the prompt last. @returns {Said[]} */
export const saidOf = (/** @type {Texts} */ { before, prompt }) => [...before, { role: "user", content: prompt }];

/** What a request says: the version with its values, or the texts; a changed template is filled in here. */
export function requestTexts(/** @type {Texts} */ draft) {
  if (draft.template && !isChanged(draft)) return { prompt_version: draft.template.version, variables: valuesOf(draft) };
  const fill = draft.template ? (/** @type {string} */ text) => rendered(text, draft.variables) : (/** @type {string} */ text) => text;
  const system = draft.system.trim() === "" ? undefined : fill(draft.system);
  if (draft.before.length === 0) return { prompt: fill(draft.prompt), system };
  return { messages: saidOf(draft).map(({ role, content }) => ({ role, content: fill(content) })), system };
}

function valuesOf(/** @type {Texts} */ draft) {
  const names = variablesOf(draft);
  return names.length > 0 ? Object.fromEntries(names.map((name) => [name, draft.variables[name]])) : undefined;
}

/** A plain text as the text of a prompt that says just that. */
export function asTemplate(/** @type {string} */ text) {
  return namesIn([text]).length > 0 || rendered(text, {}) !== text ? escaped(text) : text;
}

/** The messages of a turn: the few-shot ones, and the prompt after the last that is no user's. */
export function splitTurn(/** @type {any} */ turn) {
  const messages = turn?.messages ?? [];
  const at = messages.findLastIndex((/** @type {any} */ message) => message.role !== "user") + 1;
  const before = messagesOf(messages.slice(0, at).map((/** @type {any} */ message) => ({ role: message.role, content: textOf(message) })));
  return { before: before.filter(({ content }) => content !== ""), prompt: messages.slice(at).map(textOf).join("\n\n") };
}

/** @returns {string} */
function textOf(/** @type {any} */ message) {
  if (typeof message.content === "string") return message.content;
  return (message.content ?? []).map((/** @type {any} */ block) => (block.kind === "text" ? block.text : "")).join("");
}
