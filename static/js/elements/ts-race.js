/**
 * <ts-race>: one bar a column, on one scale: waiting, reasoning, tools, answer, error. A picture with a text that says
 * the same. On low screens it is a thin strip.
 */

import { FINAL } from "../core/fold.js";
import { decimal, duration } from "../core/format.js";
import { t } from "../core/i18n.js";
import { scale, segments } from "../core/race.js";
import { statusOf } from "../core/status.js";
import { el } from "./dom.js";

/** @typedef {import("../core/types").Run} Run */
/** @typedef {{letter: string, run: Run | null, elapsed: number}} Lane */

const SVG = "http://www.w3.org/2000/svg";
const LABELS = 22;
const AXIS = 15;
const STRIP = 34;
/** Pixels that a letter needs: of bars that are thinner, not each has one. */
const LETTER = 10;
const KINDS = ["wait", "reasoning", "tool", "answer", "error"];

/** @type {(name: string, attributes: Record<string, string | number>, text?: string) => SVGElement} */
function shape(name, attributes, text) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  if (text !== undefined) element.textContent = text;
  return element;
}

export class TsRace extends HTMLElement {
  #svg = shape("svg", { class: "race-picture", role: "img" });
  #width = 0;
  #low = window.matchMedia("(max-height: 860px)");
  #observer = new ResizeObserver(([entry]) => {
    this.#width = Math.floor(entry.contentRect.width);
    this.#draw();
  });
  /** @type {Lane[]} */
  #lanes = [];
  /** The scale only grows while answers run, in steps, so that bars do not jitter. */
  #max = 0;

  connectedCallback() {
    this.toggleAttribute("data-strip", this.#low.matches);
    if (!this.firstChild) this.append(this.#head(), this.#svg);
    this.#observer.observe(this.#svg);
    this.#low.addEventListener("change", this.#draw);
  }

  disconnectedCallback() {
    this.#observer.disconnect();
    this.#low.removeEventListener("change", this.#draw);
  }

  #head() {
    /** @type {Record<string, string>} */
    const words = { wait: t("waiting"), reasoning: t("reasoning"), tool: t("tool"), answer: t("answer"), error: t("error") };
    const legend = KINDS.map((kind) => el("li", {}, el("span", { class: `key kind-${kind}` }), words[kind]));
    return el("div", { class: "race-head" }, el("h2", {}, t("Race")), el("ul", { class: "legend", "aria-hidden": "true" }, ...legend));
  }

  show(/** @type {Lane[]} */ lanes) {
    this.#lanes = lanes;
    this.#draw();
  }

  #draw = () => {
    if (this.hidden || this.#width === 0 || this.#lanes.length === 0) return;
    const bars = this.#lanes.map(({ run, elapsed }) => (run ? segments(run, elapsed) : []));
    const running = this.#lanes.some(({ run }) => run && !FINAL.has(run.status));
    const longest = Math.max(0, ...bars.map((pieces) => pieces.at(-1)?.to ?? 0));
    this.#max = running ? Math.max(longest > this.#max ? longest * 1.25 : this.#max, 2000) : longest;
    const strip = this.#low.matches;
    this.toggleAttribute("data-strip", strip);
    const height = strip ? STRIP : Math.min(150, this.#lanes.length * 14) + AXIS;
    const { max, step } = scale(this.#max);
    const x = (/** @type {number} */ ms) => LABELS + (ms / max) * (this.#width - LABELS - 2);
    const y = (strip ? height : height - AXIS) / this.#lanes.length;
    const ticks = Array.from({ length: Math.floor(max / step) + 1 }, (_, index) => index * step);
    this.#svg.setAttribute("viewBox", `0 0 ${this.#width} ${height}`);
    this.#svg.setAttribute("height", String(height));
    const said = this.#lanes.map(words);
    this.#svg.setAttribute("aria-label", `${t("Race")}. ${said.join("; ")}`);
    this.#svg.replaceChildren(...axis(ticks, x, strip ? height : height - AXIS, strip), ...this.#bars(bars, said, x, y));
  };

  /** @type {(bars: import("../core/race.js").Piece[][], said: string[], x: (ms: number) => number, y: number) => SVGElement[]} */
  #bars(bars, said, x, y) {
    const thick = y > 6 ? Math.min(9, y - 2) : y * 0.7;
    const every = Math.ceil(LETTER / y);
    return this.#lanes.map(({ letter }, row) => {
      const top = row * y + (y - thick) / 2;
      const middle = Math.max(row * y + y / 2, 0.4 * LETTER);
      const label = row % every === 0 ? [shape("text", { x: 0, y: middle, class: "race-letter", "dominant-baseline": "central" }, letter)] : [];
      const pieces = bars[row].map(({ kind, from, to }) =>
        shape("rect", { x: x(from).toFixed(1), y: top.toFixed(1), width: Math.max(kind === "error" ? 3 : 1, x(to) - x(from)).toFixed(1), height: thick.toFixed(1), class: `kind-${kind}` }),
      );
      const whole = shape("rect", { x: 0, y: (row * y).toFixed(1), width: this.#width, height: y.toFixed(1), class: "race-lane" });
      const group = shape("g", {});
      group.append(shape("title", {}, said[row]), whole, ...label, ...pieces);
      return group;
    });
  }
}

/** What a bar shows, for who points at it and for who cannot see it. */
function words(/** @type {Lane} */ { letter, run }) {
  const first = run?.timings?.ttft_ms == null ? "" : t("first token after {time}", { time: duration(run.timings.ttft_ms) });
  const total = run?.timings?.total_ms == null ? "" : t("{time} in all", { time: duration(run.timings.total_ms) });
  return `${letter}: ${[statusOf(run).text, first, total].filter(Boolean).join(", ")}`;
}

/** @type {(ticks: number[], x: (ms: number) => number, height: number, strip: boolean) => SVGElement[]} */
function axis(ticks, x, height, strip) {
  return ticks.flatMap((ms) => {
    const at = x(ms).toFixed(1);
    const line = shape("line", { x1: at, x2: at, y1: 0, y2: height, class: "race-tick" });
    if (strip) return [line];
    const text = ms === 0 ? `${decimal(0)} s` : decimal(ms / 1000);
    return [line, shape("text", { x: at, y: height + AXIS - 4, class: "race-time" }, text)];
  });
}
