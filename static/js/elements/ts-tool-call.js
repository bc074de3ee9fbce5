/** <ts-tool-call>: a call the model asks for, or its result: name and arguments as text. Nothing is ever run here. */

import { prettyJson } from "../core/format.js";
import { t } from "../core/i18n.js";
import { el, icon } from "./dom.js";

export class TsToolCall extends HTMLElement {
  #name = el("span", { class: "tool-name" });
  #state = el("span", { class: "facts" });
  #text = el("pre", { tabindex: 0, role: "group", "aria-label": t("Arguments") });

  build() {
    const summary = el("summary", {}, icon("chevron"), icon("tools"), this.#name, this.#state);
    this.replaceChildren(el("details", { open: true }, summary, this.#text));
    return this;
  }

  /** While the call streams its arguments stay as they come; whole ones are laid out. */
  show(/** @type {import("../core/types").Block} */ block, /** @type {boolean} */ live) {
    const name = block.name || (block.kind === "tool_result" ? t("Result of a tool") : t("Tool"));
    if (this.#name.textContent !== name) this.#name.textContent = name;
    const text = argumentsOf(block, live);
    if (this.#text.textContent !== text) this.#text.textContent = text;
    const state = live ? ` · ${t("writing the call…")}` : "";
    if (this.#state.textContent !== state) this.#state.textContent = state;
  }
}

function argumentsOf(/** @type {import("../core/types").Block} */ { text = "", data }, /** @type {boolean} */ live) {
  if (text) return live ? text : prettyJson(text);
  return data?.arguments === undefined ? "" : JSON.stringify(data.arguments, null, 2);
}
