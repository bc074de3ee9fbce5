/** What is said of links: their rows in the list, what was found in what they show, and a preview of it. */

import { t, tn } from "../core/i18n.js";
import { el, icon } from "./dom.js";

/**
 * @typedef {{id: string, label: string, audience: string, mode: string, parts: string[], has_password: boolean, max_views: number | null, views: number,
 *   last_viewed_at: string | null, created_at: string, expires_at: string | null, revoked_at: string | null}} Share
 */
/** @typedef {{kind: string, place: string, label: string, sample: string}} Finding */

const EXCERPT = 280;
export const PARTS = ["prompt", "system", "attachments", "reasoning", "metrics", "raw", "names"];
/** What a raw request is made of: it is shown only with these. */
export const RAW_HOLDS = ["prompt", "system", "attachments", "names"];

/** @type {Record<string, () => string>} */
const PART_WORDS = {
  prompt: () => t("title and prompts"),
  system: () => t("system prompt"),
  attachments: () => t("attachments"),
  reasoning: () => t("reasoning"),
  metrics: () => t("times, tokens, cost"),
  names: () => t("names of the models"),
  raw: () => t("raw requests"),
};

/** @type {Record<string, () => string>} */
const KINDS = {
  private_key: () => t("a private key"),
  api_key: () => t("an API key"),
  token: () => t("a token"),
  password: () => t("a password"),
  email: () => t("an e-mail address"),
};

/** @type {Record<string, (label: string) => string>} */
const PLACES = {
  title: () => t("in the title"),
  system: () => t("in the system prompt"),
  prompt: (label) => t("in the prompt of turn {label}", { label }),
  answer: (label) => t("in an answer of {label}", { label }),
  reasoning: (label) => t("in the reasoning of {label}", { label }),
  settings: () => t("in the settings"),
  other: (label) => t("in the details of {label}", { label }),
};

/** Whether the link still lets anybody in, or whoever is in stay. */
export function works(/** @type {Share} */ { revoked_at: revoked, expires_at: end }) {
  return revoked === null && (end === null || new Date(end).getTime() > Date.now());
}

const moment = (/** @type {string} */ time) =>
  new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" }).format(new Date(time));

/** One row of the list; `act` gets the share when Revoke is pressed. */
export function rowOf(/** @type {Share} */ share, /** @type {(share: Share) => void} */ act) {
  const name = share.label || t("Made {time}", { time: moment(share.created_at) });
  const revoke = el("button", { type: "button", class: "small", "aria-label": t("Revoke: {name}", { name }) }, t("Revoke"));
  revoke.addEventListener("click", () => act(share));
  const text = el("div", { class: "grow" }, el("div", {}, name), el("div", { class: "hint" }, factsOf(share)));
  return el("li", { class: "share" }, icon("key"), text, revoke);
}

/** "anyone · live · until 28 Nov 2026, 06:10 · opened 3 times · without reasoning". */
function factsOf(/** @type {Share} */ share) {
  const without = PARTS.filter((part) => part !== "raw" && !share.parts.includes(part)).map((part) => PART_WORDS[part]());
  return [
    share.label ? t("made {time}", { time: moment(share.created_at) }) : "",
    share.audience === "teammates" ? t("for teammates") : t("for anyone"),
    share.mode === "snapshot" ? t("snapshot") : t("live"),
    share.has_password ? t("with password") : "",
    share.expires_at === null ? t("until it is revoked") : t("until {time}", { time: moment(share.expires_at) }),
    share.max_views === null ? tn("opened once", "opened {n} times", share.views) : t("opened {n} of {most} times", { n: share.views, most: share.max_views }),
    share.last_viewed_at === null ? "" : t("last {time}", { time: moment(share.last_viewed_at) }),
    without.length ? t("without {parts}", { parts: without.join(", ") }) : "",
    share.parts.includes("raw") ? t("with raw requests") : "",
  ].filter(Boolean).join(" · ");
}

/** What looks like a secret, and where; nothing if nothing does. */
export function findingNodes(/** @type {Finding[]} */ findings) {
  if (findings.length === 0) return [];
  const rows = findings.map(({ kind, place, label, sample }) =>
    el("li", {}, t("{what} {where}:", { what: KINDS[kind]?.() ?? kind, where: PLACES[place]?.(label) ?? place }), " ", el("code", {}, sample)),
  );
  const head = tn("This looks as if it were not for others:", "{n} things look as if they were not for others:", findings.length);
  return [el("p", {}, el("strong", {}, head)), el("ul", {}, ...rows)];
}

const short = (/** @type {string} */ text) => (text.length > EXCERPT ? `${text.slice(0, EXCERPT)}…` : text);

/** What a viewer would see of the state, in short. */
export function previewNodes(/** @type {any} */ state) {
  const { parts } = state.shared;
  const left = PARTS.filter((part) => part !== "raw" && !parts.includes(part)).map((part) => PART_WORDS[part]());
  const asked = state.turns.map((/** @type {any} */ turn) => turn.messages.map(textOf).filter(Boolean).join("\n\n"));
  return [
    left.length ? el("p", { class: "hint" }, t("Left out: {parts}.", { parts: left.join(", ") })) : null,
    state.title ? el("h3", {}, state.title) : null,
    ...said(t("System prompt"), state.system),
    ...asked.flatMap((/** @type {string} */ text, /** @type {number} */ index) => said(t("Turn {n}", { n: index + 1 }), text)),
    ...state.columns.flatMap((/** @type {any} */ column) => answers(column, state.runs)),
  ].filter((node) => node !== null);
}

/** @returns {HTMLElement[]} */
function answers(/** @type {any} */ column, /** @type {any[]} */ runs) {
  const own = runs.filter((run) => run.column === column.id);
  const facts = own.map(({ cost, usage }) => [usage?.output == null ? "" : tn("{n} token", "{n} tokens", usage.output), cost ? `$${cost.amount}` : ""]);
  const figures = facts.flat().filter(Boolean).join(" · ");
  const reasoning = own.map((run) => run.reasoning ?? "").join("\n");
  return [
    ...said(`${column.label} · ${column.model}`, own.map((run) => run.text).join("\n\n") || t("no text yet")),
    ...(figures ? [el("p", { class: "hint" }, figures)] : []),
    ...(reasoning.trim() ? said(t("Reasoning"), reasoning) : []),
  ];
}

const textOf = (/** @type {any} */ message) =>
  message.content.map((/** @type {any} */ block) => (block.kind === "text" ? block.text : `[${block.kind}]`)).join("");

const said = (/** @type {string} */ label, /** @type {string} */ text) =>
  text ? [el("h3", { class: "label" }, label), el("p", { class: "asked-text" }, short(text))] : [];
