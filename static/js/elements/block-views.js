/**
 * One view a content block. Each has a root and `show(block, step)`; those that hold text for reading also `setView`,
 * `setVisible` and `finish`. Text of models reaches the DOM through Answer or as textContent, never otherwise.
 */

import { t } from "../core/i18n.js";
import { Answer } from "../render/answer.js";
import { link } from "../render/links.js";
import { el, icon } from "./dom.js";
import { Flow } from "./flow.js";
import { TsReasoning } from "./ts-reasoning.js";
import { TsToolCall } from "./ts-tool-call.js";

/** @typedef {import("../core/types").Block} Block */
/** @typedef {"rendered" | "source"} View */
/** @typedef {{delta?: string, last: boolean, live: boolean, ms: number | null, tokens: number | null}} Step */

/** What an <img> can show and cannot run: these types, as base64 and nothing else. */
const PICTURE = /^data:image\/(?:png|jpeg|webp|gif);base64,[\w+/=-]+$/;

export class TextView {
  root = el("div", { class: "answer-text" });
  #flow;

  constructor(/** @type {View} */ view, refusal = false) {
    const place = el("div", { class: "answer" });
    if (refusal) this.root.append(el("p", { class: "block-label" }, icon("alert"), t("Refusal")));
    this.root.append(place);
    this.#flow = new Flow(new Answer(place, { view }));
  }

  get answer() {
    return this.#flow.answer;
  }

  show(/** @type {Block} */ block, /** @type {Step} */ { delta, live }) {
    this.#flow.show(block.text ?? "", delta);
    if (!live) this.#flow.finish();
  }

  setView(/** @type {View} */ view) {
    this.answer.setView(view);
  }

  setVisible(/** @type {boolean} */ visible) {
    this.answer.visible = visible;
  }

  close() {
    this.answer.close();
  }
}

export class ReasoningView {
  #element = new TsReasoning();
  root = this.#element;

  constructor(/** @type {View} */ view) {
    this.#element.build(view);
  }

  show(/** @type {Block} */ block, /** @type {Step} */ { delta, last, live, ms, tokens }) {
    const { flow } = this.#element;
    flow.show(block.text ?? "", delta);
    if (!live || !last) flow.finish();
    this.root.hidden = !block.text;
    this.#element.show({ open: live && last, live: live && last, ms, tokens });
  }

  setView(/** @type {View} */ view) {
    this.#element.flow.answer.setView(view);
  }

  setVisible(/** @type {boolean} */ visible) {
    this.#element.setVisible(visible);
  }

  toggle() {
    this.#element.toggle();
  }

  close() {
    this.#element.close();
  }
}

class ToolView {
  #element = new TsToolCall();
  root = this.#element.build();

  show(/** @type {Block} */ block, /** @type {Step} */ { last, live }) {
    this.#element.show(block, live && last);
  }
}

/** A source the provider names. Only web addresses become links; they open elsewhere, and say where if the title lies. */
class CitationView {
  root = el("p", { class: "citation" });

  show(/** @type {Block} */ block) {
    const { url, title } = block.data ?? {};
    const text = String(title || block.text || url || t("Cited source"));
    const safe = typeof url === "string" && /^https?:\/\//i.test(url);
    const name = safe ? link(url, (place) => place.append(text)) : text;
    this.root.replaceChildren(icon("info"), el("span", {}, name));
  }
}

/** Media and whatever a newer server may send: what it is, in words; its data is in the JSON view. */
class OtherView {
  root = el("p", { class: "other-block" });

  show(/** @type {Block} */ block) {
    const type = block.data?.media_type ?? block.data?.mime_type ?? "";
    const words = [block.name, kindWord(block.kind), typeof type === "string" ? type : ""].filter(Boolean).join(" · ");
    this.root.replaceChildren(icon("file"), el("span", {}, words));
  }
}

/** A picture the model has made. Only its own bytes are shown; one that lies elsewhere is named, never fetched. */
class ImageView extends OtherView {
  /** @type {unknown} what was looked at last: pictures are long, and most steps bring nothing new of them */
  #from;
  /** @type {unknown} */
  #type;

  show(/** @type {Block} */ block) {
    const { data, url, media_type: type } = block.data ?? {};
    const from = data ?? url;
    if (from !== undefined && from === this.#from && type === this.#type) return;
    this.#from = from;
    this.#type = type;
    const source = data === undefined ? String(url) : `data:${type};base64,${data}`;
    if (PICTURE.test(source)) this.root.replaceChildren(el("img", { src: source, alt: t("Picture made by the model") }));
    else super.show(block);
  }
}

/** A tool that the provider ran itself: what it was given and what came back. */
class ServerToolView {
  #name = el("span", { class: "tool-name" });
  #input = el("pre", { tabindex: 0, role: "group", "aria-label": t("Arguments") });
  #output = el("pre", { tabindex: 0, role: "group", "aria-label": t("Result of a tool") });
  root = el("div", { class: "server-tool" });

  constructor() {
    const facts = el("span", { class: "facts" }, t("run by the provider"));
    const summary = el("summary", {}, icon("chevron"), icon("tools"), this.#name, facts);
    this.root.append(el("details", {}, summary, this.#input, this.#output));
  }

  show(/** @type {Block} */ block) {
    this.#name.textContent = block.name || t("Tool");
    this.#input.textContent = block.text || laidOut(block.data?.input);
    this.#output.textContent = laidOut(block.data?.output);
  }
}

function laidOut(/** @type {any} */ value) {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

function kindWord(/** @type {string} */ kind) {
  if (kind === "image") return t("image");
  if (kind === "audio") return t("audio");
  if (kind === "video") return t("video");
  return kind === "file" ? t("file") : kind;
}

/** @type {(kind: string, view: View) => any} */
export function viewOf(kind, view) {
  if (kind === "text") return new TextView(view);
  if (kind === "refusal") return new TextView(view, true);
  if (kind === "reasoning") return new ReasoningView(view);
  if (kind === "server_tool") return new ServerToolView();
  if (kind === "image") return new ImageView();
  if (kind === "tool_call" || kind === "tool_result") return new ToolView();
  return kind === "citation" ? new CitationView() : new OtherView();
}
