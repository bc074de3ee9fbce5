/** <ts-metrics>: the figures of one answer, always in the same places so that the eye compares across columns. */

import { UNKNOWN } from "../core/format.js";
import { t } from "../core/i18n.js";
import { el } from "./dom.js";

/** @typedef {import("../core/metrics.js").Figures} Figures */
/** @typedef {import("../core/metrics.js").Figure} Figure */

const NAMES = /** @type {const} */ (["ttft", "speed", "total", "cost"]);

export class TsMetrics extends HTMLElement {
  /** @type {Record<string, HTMLElement>} */
  #places = {};

  #build() {
    const labels = { ttft: t("TTFT"), speed: t("speed"), total: t("total"), cost: t("cost") };
    const titles = { ttft: t("time to the first token"), speed: t("tokens per second"), total: "", cost: "" };
    const list = el("dl", { class: "figures" });
    for (const name of NAMES) {
      this.#places[name] = el("dd");
      list.append(el("div", {}, el("dt", { title: titles[name] || null }, labels[name]), this.#places[name]));
    }
    for (const name of ["input", "cached", "output", "reasoning"]) this.#places[name] = el(name === "input" || name === "output" ? "span" : "small");
    const { input, cached, output, reasoning } = this.#places;
    const dot = el("span", {}, " · ");
    this.#places.dot = dot;
    const tokens = el("dd", {}, input, " ", cached, dot, output, " ", reasoning);
    list.append(el("div", { class: "wide" }, el("dt", {}, t("tokens")), tokens));
    this.replaceChildren(list);
  }

  /** `best`: the names of figures in which this answer is ahead of all others. */
  show(/** @type {Figures} */ figures, /** @type {ReadonlySet<string>} */ best) {
    if (!this.firstChild) this.#build();
    for (const name of NAMES) {
      put(this.#places[name], figures[name]);
      this.#places[name].classList.toggle("best", best.has(name));
    }
    const { input, cached, output, reasoning } = figures.tokens;
    const nothing = input.text === UNKNOWN && output.text === UNKNOWN;
    this.#places.output.hidden = nothing;
    this.#places.dot.hidden = nothing;
    put(this.#places.input, { ...input, text: nothing ? UNKNOWN : t("{n} in", { n: input.text }) });
    put(this.#places.output, { ...output, text: t("{n} out", { n: output.text }) });
    put(this.#places.cached, { text: cached && t("({n} cached)", { n: cached }), title: "" });
    // Reasoning is a part of the output: counted together, or estimated together.
    put(this.#places.reasoning, { text: reasoning && t("({n} reasoning)", { n: reasoning }), title: reasoning ? output.title : "" });
  }
}

function put(/** @type {HTMLElement} */ place, /** @type {Figure} */ { text, title }) {
  if (place.textContent !== text) place.textContent = text;
  if (place.title !== title) place.title = title;
}
