/** <ts-history>: deleting from the list, after asking. The list itself is plain HTML. */

import { t } from "../core/i18n.js";
import { problemText } from "../core/problems.js";
import { ApiError, deleteComparison } from "../io/api.js";
import { openDialog, prepareDialog } from "./dialog.js";
import { need } from "./dom.js";

export class TsHistory extends HTMLElement {
  #busy = false;
  #bound = false;
  /** @type {HTMLElement | null} */ #item = null;

  connectedCallback() {
    if (this.#bound) return;
    this.#bound = true;
    prepareDialog(this.#dialog);
    for (const button of this.querySelectorAll("[data-delete]")) /** @type {HTMLElement} */ (button).hidden = false;
    this.addEventListener("click", (event) => {
      const button = /** @type {Element} */ (event.target).closest("[data-delete]");
      if (button) this.#ask(button.closest("[data-id]"));
    });
    need(this, "[data-confirm]").addEventListener("click", () => this.#delete());
  }

  /** @returns {HTMLDialogElement} */ get #dialog() { return need(this, "dialog"); }

  async #ask(/** @type {HTMLElement | null} */ item) {
    this.#item = item;
    need(this, "[data-name]").textContent = item?.querySelector("h2")?.textContent ?? "";
    need(this, "[data-error]").textContent = "";
    const deleted = (await openDialog(this.#dialog)) === "deleted";
    if (deleted && item) this.#remove(item);
  }

  async #delete() {
    if (this.#busy || !this.#item) return;
    this.#busy = true;
    try {
      await deleteComparison(this.#item.dataset.id ?? "");
      this.#dialog.close("deleted");
    } catch (error) {
      // Already gone is what was wanted.
      if (error instanceof ApiError && error.status === 404) this.#dialog.close("deleted");
      else need(this, "[data-error]").textContent = problemText(error);
    } finally {
      this.#busy = false;
    }
  }

  #remove(/** @type {HTMLElement} */ item) {
    const neighbour = item.nextElementSibling ?? item.previousElementSibling;
    item.remove();
    need(this, "[data-status]").textContent = t("Deleted.");
    /** @type {HTMLElement | null | undefined} */
    const next = neighbour?.querySelector("a");
    if (next) next.focus();
    else location.reload(); // the list is empty now: the server knows what to say then
  }
}
