/** <ts-json-view>: the dialog that shows a run object as text, with its answer taken apart from the rest. */

import { t } from "../core/i18n.js";
import { copyText } from "./clipboard.js";
import { openDialog, prepareDialog } from "./dialog.js";
import { el, icon } from "./dom.js";

export class TsJsonView extends HTMLElement {
  /** @type {HTMLDialogElement | null} */
  #dialog = null;

  /** Opens on `value`, an object that JSON can say. */
  open(/** @type {string} */ title, /** @type {unknown} */ value) {
    const text = JSON.stringify(value, null, 2);
    const dialog = this.#dialog ?? this.#build();
    const [heading] = dialog.getElementsByTagName("h2");
    const [pre] = dialog.getElementsByTagName("pre");
    heading.textContent = title;
    pre.textContent = text;
    pre.scrollTop = 0;
    return openDialog(dialog);
  }

  #build() {
    const close = el("button", { type: "button", class: "ghost square", "data-close": true, "aria-label": t("Close") }, icon("close"));
    const copy = el("button", { type: "button", class: "small" }, icon("copy"), t("Copy"));
    const pre = el("pre", { class: "json-text dialog-body", tabindex: 0, role: "region", "aria-labelledby": "json-title" });
    copy.addEventListener("click", async () => {
      await copyText(pre.textContent ?? "", t("Copied."));
    });
    const head = el("div", { class: "dialog-head" }, el("h2", { id: "json-title" }), el("span", { class: "grow" }), copy, close);
    const dialog = /** @type {HTMLDialogElement} */ (el("dialog", { class: "json-view", "aria-labelledby": "json-title" }, head, pre));
    prepareDialog(dialog);
    this.append(dialog);
    this.#dialog = dialog;
    return dialog;
  }
}
