/** The fixed parts of a column, made once: rows that line up with those of the other columns, and their buttons. */

import { t } from "../core/i18n.js";
import { el, icon, tell } from "./dom.js";
import { roving } from "./roving.js";

/** @typedef {import("./ts-column.js").TsColumn} TsColumn */
/** @typedef {import("./ts-metrics.js").TsMetrics} TsMetrics */
/** @typedef {import("./ts-status.js").TsStatus} TsStatus */

let made = 0;

/** @type {(name: string, label: string, sign: string) => HTMLElement} */
const action = (name, label, sign) => el("button", { type: "button", class: "small ghost", "data-do": name }, icon(sign), el("span", {}, label));

/** Makes the parts and hangs the handlers on them; `column` takes them up when it is connected. */
export function buildColumn(/** @type {TsColumn} */ column) {
  made += 1;
  const id = `column-${made}`;
  const badge = el("span", { class: "badge", "aria-hidden": "true" });
  const letter = el("span", { class: "visually-hidden" });
  const name = el("span");
  const title = el("h2", { id, class: "model-name" }, letter, name);
  const provider = el("span", { class: "provider" });
  const badgesPlace = el("span", { class: "overrides" });
  const more = el("button", { type: "button", class: "small ghost square", title: t("More actions") }, icon("more"));
  const widen = el("button", { type: "button", class: "small ghost square widen", title: t("Show this column wide"), "aria-label": t("Show this column wide") }, icon("expand"));
  const head = el("header", { class: "column-head" }, badge, el("div", { class: "names" }, title, provider), badgesPlace, widen, more);

  const chipsPlace = el("ul", { class: "chips", "aria-label": t("Capabilities") });
  const status = /** @type {TsStatus} */ (document.createElement("ts-status"));
  const win = el("span", { class: "win", hidden: true });
  const note = el("button", { type: "button", class: "small ghost sent-note", hidden: true }, icon("info"), el("span", {}, t("parameters changed")));
  const stopWord = el("span", {}, t("Stop"));
  const stop = el("button", { type: "button", class: "small stop", hidden: true }, icon("stop"), stopWord);
  const state = el("div", { class: "column-state" }, status, note, win, stop);
  const metrics = /** @type {TsMetrics} */ (document.createElement("ts-metrics"));

  const turns = el("div", { class: "turns" });
  const empty = el("p", { class: "empty-column" }, t("The answer will appear here."));
  const body = el("div", { class: "column-body", tabindex: 0, role: "region", "aria-labelledby": id }, turns, empty);

  const copy = action("copy", t("Copy"), "copy");
  const json = action("json", t("JSON"), "json");
  const rerun = action("rerun", t("Re-run"), "retry");
  const following = action("follow", t("Follow"), "follow");
  following.setAttribute("aria-pressed", "false");
  for (const button of [copy, json, rerun, following]) button.hidden = true;
  const footer = el("div", { class: "column-foot", role: "toolbar", "aria-labelledby": id }, copy, json, el("span", { class: "grow" }), following, rerun);

  more.addEventListener("click", () => tell("ts-menu", { button: more }, column));
  widen.addEventListener("click", () => tell("ts-widen", {}, column));
  stop.addEventListener("click", () => column.stop());
  note.addEventListener("click", () => column.ask("ts-inspect"));
  copy.addEventListener("click", () => column.copy());
  json.addEventListener("click", () => column.ask("ts-inspect"));
  rerun.addEventListener("click", () => column.ask("ts-rerun"));
  following.addEventListener("click", () => column.toggleFollow());
  roving(footer);
  const rows = [head, chipsPlace, state, metrics, body, footer];
  return { id, rows, badge, letter, name, provider, badges: badgesPlace, more, chips: chipsPlace, status, win, note, stop, stopWord, metrics, turns, empty, body, copy, json, rerun, follow: following, footer };
}
