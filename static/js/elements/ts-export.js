/** <ts-export>: a menu of the formats in which a comparison can be taken away. `data-comparison` says which one. */

import { exportUrl } from "../io/api.js";
import { need, placeBelow } from "./dom.js";

export class TsExport extends HTMLElement {
  static observedAttributes = ["data-comparison"];
  #bound = false;

  connectedCallback() {
    this.#address();
    if (this.#bound) return;
    this.#bound = true;
    const menu = need(this, "[popover]");
    const button = need(this, "[popovertarget]");
    menu.addEventListener("toggle", (event) => {
      if (/** @type {ToggleEvent} */ (event).newState === "open") placeBelow(menu, button);
    });
    menu.addEventListener("click", () => menu.hidePopover());
  }

  attributeChangedCallback() {
    this.#address();
  }

  #address() {
    const { comparison = "" } = this.dataset;
    for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (this.querySelectorAll("[data-format]"))) {
      link.href = exportUrl(comparison, link.dataset.format ?? "");
    }
  }
}
