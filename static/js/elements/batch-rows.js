/** The table of a batch: one row an input, one cell an answer. What models say is text, never more. */

import { about, duration } from "../core/format.js";
import { t, tn } from "../core/i18n.js";
import { failedFor } from "../core/status.js";
import { el } from "./dom.js";

/** @typedef {{run: string, column: string, model: string, sample: number, status: string, text: string, cut: boolean, finish_reason: string | null, error: any, output_tokens: number | null, cost: {amount: string} | null, total_ms: number | null}} Answer */
/** @typedef {{index: number, state: string, excerpt: string, comparison: string | null, failed: boolean, differs: boolean | null, error: {message: string} | null, answers: Answer[]}} Item */

/** The head: one column a model. */
export function headRow(/** @type {{label: string, model: string}[]} */ columns) {
  const heads = columns.map(({ label, model }) => el("th", { scope: "col" }, `${label} ${model}`));
  return el("tr", {}, el("th", { scope: "col" }, "#"), el("th", { scope: "col" }, t("Input")), ...heads);
}

/** One input. */
export function inputRow(/** @type {Item} */ item, /** @type {{label: string}[]} */ columns) {
  const number = el("th", { scope: "row", class: "num" }, item.comparison ? el("a", { href: `/c/${encodeURIComponent(item.comparison)}/` }, String(item.index + 1)) : String(item.index + 1));
  const marks = [item.differs ? t("answers differ") : "", item.state === "ended" ? "" : (STATES[item.state]?.() ?? item.state)].filter(Boolean).join(" · ");
  const input = el("td", {}, el("div", { class: "batch-text" }, item.excerpt), marks ? facts(marks, false) : null, item.error ? facts(item.error.message, true) : null);
  const cells = columns.map(({ label }) => el("td", {}, ...item.answers.filter((answer) => answer.column === label).map(answerOf)));
  return el("tr", { "data-index": item.index }, number, input, ...cells);
}

function answerOf(/** @type {Answer} */ answer) {
  const { status, text, cut, finish_reason: reason, error, output_tokens: tokens, cost, total_ms: ms } = answer;
  const bad = ["failed", "interrupted", "cancelled"].includes(status);
  const parts = [
    status === "finished" ? "" : (STATES[status]?.() ?? status),
    error ? failedFor({ error }) : "",
    reason === "length" ? t("cut off") : "",
    tokens === null ? "" : tn("{n} token", "{n} tokens", tokens),
    ms === null ? "" : duration(ms),
    cost === null ? "" : about(/** @type {any} */ (cost)),
  ];
  return el("div", { class: "batch-answer" }, el("div", { class: "batch-text" }, cut ? `${text}…` : text), facts(parts.filter(Boolean).join(" · "), bad));
}

function facts(/** @type {string} */ text, /** @type {boolean} */ bad) {
  return el("span", { class: "batch-facts", "data-bad": bad }, text);
}

/** @type {Record<string, () => string>} */
export const STATES = {
  waiting: () => t("waiting"),
  started: () => t("running"),
  refused: () => t("could not be started"),
  queued: () => t("waiting"),
  running: () => t("running"),
  retrying: () => t("retrying"),
  failed: () => t("failed"),
  interrupted: () => t("interrupted"),
  cancelled: () => t("stopped"),
  stopped: () => t("stopped"),
  done: () => t("done"),
  partial: () => t("not complete"),
};
