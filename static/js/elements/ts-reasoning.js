/**
 * <ts-reasoning>: what a model thought, in a box of its own. Open while nothing but reasoning streams; it closes when
 * the answer starts, unless the reader has opened or closed it.
 */

import { count, duration } from "../core/format.js";
import { t, tn } from "../core/i18n.js";
import { estimated } from "../core/metrics.js";
import { Answer } from "../render/answer.js";
import { follow } from "../render/frame.js";
import { el, icon } from "./dom.js";
import { Flow } from "./flow.js";

/** Figures that change at every frame cannot be read. */
const CALM_MS = 200;

export class TsReasoning extends HTMLElement {
  #touched = false;
  #visible = true;
  /** @type {{stop: () => void} | null} */
  #following = null;
  /** @type {HTMLDetailsElement | null} */
  #details = null;
  /** @type {Flow | null} */
  #flow = null;
  #shownAt = -Infinity;
  #facts = el("span", { class: "facts" });

  /** Makes the box; `view` is how text is shown. */
  build(/** @type {"rendered" | "source"} */ view) {
    const text = el("div", { class: "answer" });
    const scroll = el("div", { class: "reasoning-text", tabindex: 0, role: "group", "aria-label": t("Reasoning") }, text);
    const summary = el("summary", {}, icon("chevron"), icon("reasoning"), el("span", {}, t("Reasoning")), this.#facts);
    summary.addEventListener("click", () => {
      this.#touched = true;
    });
    this.#details = /** @type {HTMLDetailsElement} */ (el("details", {}, summary, scroll));
    this.#details.addEventListener("toggle", () => this.#reveal());
    const answer = new Answer(text, { view });
    this.#flow = new Flow(answer);
    this.#following = follow(scroll, answer);
    this.replaceChildren(this.#details);
    this.#reveal();
    return this;
  }

  /** Text that nobody can see need not be drawn quickly. */
  #reveal() {
    if (this.#flow && this.#details) this.#flow.answer.visible = this.#visible && this.#details.open;
  }

  setVisible(/** @type {boolean} */ visible) {
    this.#visible = visible;
    this.#reveal();
  }

  close() {
    this.#following?.stop();
    this.#flow?.answer.close();
  }

  get flow() {
    return /** @type {Flow} */ (this.#flow);
  }

  /** `open`: nothing but reasoning streams. `tokens` and `ms` are null where they are not known. */
  show({ open = false, live = false, tokens = null, ms = null } = /** @type {{open?: boolean, live?: boolean, tokens?: number | null, ms?: number | null}} */ ({})) {
    const details = /** @type {HTMLDetailsElement} */ (this.#details);
    if (!this.#touched && details.open !== open) details.open = open;
    this.#showFacts(live, tokens, ms);
  }

  #showFacts(/** @type {boolean} */ live, /** @type {number | null} */ tokens, /** @type {number | null} */ ms) {
    const now = performance.now();
    if (live && now - this.#shownAt < CALM_MS) return;
    this.#shownAt = now;
    const facts = [
      tokens === null ? "" : tn("{n} token", "{n} tokens", Math.round(tokens), { n: count(tokens, { live }) }),
      ms === null ? "" : duration(ms, { live }),
    ];
    const text = facts.filter(Boolean).map((fact) => ` · ${fact}`).join("");
    if (this.#facts.textContent !== text) this.#facts.textContent = text;
    const title = live && tokens !== null ? estimated() : "";
    if (this.#facts.title !== title) this.#facts.title = title;
  }

  toggle() {
    const details = /** @type {HTMLDetailsElement} */ (this.#details);
    this.#touched = true;
    details.open = !details.open;
  }
}
