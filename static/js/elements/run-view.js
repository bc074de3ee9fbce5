/** The body of one answer: its blocks in time order, and below them a banner when it is not a whole answer. */

import { banner, errorWords, verdict } from "../core/advice.js";
import { FINAL, textOf } from "../core/fold.js";
import { count } from "../core/format.js";
import { t, tn } from "../core/i18n.js";
import { chipsOfRun } from "../core/labels.js";
import { messageText } from "../core/told.js";
import { reasoningTime } from "../core/race.js";
import { ReasoningView, TextView, viewOf } from "./block-views.js";
import { el, icon, tell } from "./dom.js";

/** @typedef {import("../core/types").Run} Run */
/** @typedef {import("../core/pace.js").Pace} Pace */

export class RunView {
  root = el("div", { class: "run" });
  /** @type {{index: number, kind: string, view: any}[]} */
  #blocks = [];
  #content = el("div", { class: "run-content" });
  #foot = el("div", { class: "run-foot" });
  #footSays = "";
  /** @type {"rendered" | "source"} */
  #view;
  #visible = true;
  /** @type {Run | null} */
  #run = null;

  constructor(/** @type {"rendered" | "source"} */ view) {
    this.#view = view;
    this.root.append(this.#content, this.#foot);
  }

  /** Draws what changed. `deltas`: added text by block index, if that is all that changed in the text. */
  show(/** @type {Run} */ run, /** @type {Pace} */ pace, /** @type {number} */ now, /** @type {Map<number, string> | undefined} */ deltas) {
    this.#run = run;
    const live = !FINAL.has(run.status);
    this.root.toggleAttribute("data-live", live);
    this.#match(run);
    const last = run.content.at(-1)?.index;
    const thinks = run.content.some((block) => block.kind === "reasoning");
    const step = { live, ms: thinks ? reasoningTime(run, pace.elapsed(now)) : null, tokens: reasoningTokens(run, pace, live) };
    for (const block of run.content) {
      const view = this.#blocks.find(({ index }) => index === block.index)?.view;
      view?.show(block, { ...step, delta: deltas?.get(block.index), last: block.index === last });
    }
    this.#showFoot(run, live);
  }

  /** Keeps the views that still fit; a run that started afresh gets new ones. */
  #match(/** @type {Run} */ run) {
    const fits = this.#blocks.every(({ index, kind }, place) => run.content[place]?.index === index && run.content[place].kind === kind);
    if (!fits) {
      this.close();
      this.#blocks = [];
      this.#content.replaceChildren();
    }
    for (const { index, kind } of run.content.slice(this.#blocks.length)) {
      const view = viewOf(kind, this.#view);
      view.setVisible?.(this.#visible);
      this.#blocks.push({ index, kind, view });
      this.#content.append(view.root);
    }
  }

  #showFoot(/** @type {Run} */ run, /** @type {boolean} */ live) {
    const hidden = hiddenReasoning(run);
    const retry = run.status === "retrying" ? retryBox(run) : null;
    const ending = banner(run);
    const json = verdict(run);
    const labels = chipsOfRun(run);
    const says = JSON.stringify([hidden, retry, ending, json, run.error, labels]);
    if (says === this.#footSays) return;
    this.#footSays = says;
    this.#foot.replaceChildren();
    if (hidden) this.#foot.append(el("p", { class: "hidden-reasoning" }, icon("reasoning"), hidden));
    if (retry) this.#foot.append(box(retry, [], null));
    if (json) this.#foot.append(box(json, [], null));
    if (ending) this.#foot.append(box(ending, live ? [] : this.#buttons(run), run.error));
    if (labels.length > 0) this.#foot.append(el("ul", { class: "chip-list", "aria-label": t("Tags and metadata of this answer") }, ...labels.map((text) => el("li", { class: "chip" }, text))));
  }

  #buttons(/** @type {Run} */ run) {
    if (run.status === "finished" && run.finish_reason !== "length") return [];
    const again = el("button", { type: "button", class: "small again" }, icon("retry"), t("Re-run"));
    again.addEventListener("click", () => tell("ts-rerun", { run: run.id }, this.root));
    const details = el("button", { type: "button", class: "small ghost" }, t("Show details"));
    details.addEventListener("click", () => tell("ts-inspect", { run: run.id }, this.root));
    return [again, details];
  }

  setView(/** @type {"rendered" | "source"} */ view) {
    this.#view = view;
    for (const block of this.#blocks) block.view.setView?.(view);
  }

  setVisible(/** @type {boolean} */ visible) {
    this.#visible = visible;
    for (const block of this.#blocks) block.view.setVisible?.(visible);
  }

  /** The Answer at the end of the text, which a reader follows. */
  get tail() {
    const last = this.#blocks.findLast(({ view }) => view instanceof TextView);
    return last ? /** @type {TextView} */ (last.view).answer : null;
  }

  get source() {
    return this.#run ? textOf(this.#run, "text") || textOf(this.#run, "refusal") : "";
  }

  toggleReasoning() {
    for (const { view } of this.#blocks) if (view instanceof ReasoningView) view.toggle();
  }

  close() {
    for (const { view } of this.#blocks) view.close?.();
  }
}

/** @type {(run: Run, pace: Pace, live: boolean) => number | null} */
function reasoningTokens(run, pace, live) {
  const boxes = run.content.filter((block) => block.kind === "reasoning" && block.text).length;
  if (boxes !== 1) return null;
  if (!live) return run.usage?.reasoning || null;
  return pace.reasoningTokens >= 1 ? pace.reasoningTokens : null;
}

/** Some providers count reasoning without showing it. */
function hiddenReasoning(/** @type {Run} */ run) {
  const tokens = run.usage?.reasoning;
  if (!tokens || textOf(run, "reasoning") !== "") return "";
  return tn("Reasoning not shown by the provider · {n} token", "Reasoning not shown by the provider · {n} tokens", tokens, { n: count(tokens) });
}

function retryBox(/** @type {Run} */ run) {
  const error = run.retries.at(-1)?.error;
  const { title } = errorWords(error?.code);
  return { tone: "warn", title, text: t("It will be tried again by itself."), said: error?.message ?? "" };
}

/** @type {(says: {tone: string, title: string, text: string, said?: string}, buttons: Node[], error: import("../core/types").RunError | null) => HTMLElement} */
function box({ tone, title, text, said = "" }, buttons, error) {
  const words = messageText(error?.message || said);
  const facts = [error?.status ? t("HTTP {status}", { status: error.status }) : "", error?.request_id ? t("request {id}", { id: error.request_id }) : ""];
  const fine = facts.filter(Boolean).join(" · ");
  return el(
    "div",
    { class: "ending", "data-tone": tone },
    el("p", { class: "ending-title" }, icon(tone === "info" ? "info" : "alert"), el("strong", {}, title)),
    text ? el("p", {}, text) : null,
    words ? el("p", { class: "said-by-provider" }, words) : null,
    fine ? el("p", { class: "fine" }, fine) : null,
    buttons.length > 0 ? el("p", { class: "ending-buttons" }, ...buttons) : null,
  );
}
