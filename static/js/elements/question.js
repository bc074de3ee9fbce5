/** A small dialog that asks before something is done, with one way to do it and one to leave it. */

import { t } from "../core/i18n.js";
import { openDialog, prepareDialog } from "./dialog.js";
import { el } from "./dom.js";

/**
 * Whether it shall be done. The dialog stands behind `place` while it is open.
 * @param {HTMLElement} place @param {{title: string, text: string, yes: string}} words @returns {Promise<boolean>}
 */
export async function asked(place, { title, text, yes }) {
  const choose = (/** @type {string} */ value, /** @type {string} */ label, /** @type {string} */ look) => el("button", { value, class: look }, label);
  const foot = el("div", { class: "dialog-foot" }, el("span", { class: "grow" }), choose("", t("Cancel"), ""), choose("yes", yes, "primary"));
  const form = el("form", { method: "dialog" }, el("h2", { id: "question-title" }, title), el("p", {}, text), foot);
  const dialog = /** @type {HTMLDialogElement} */ (el("dialog", { "aria-labelledby": "question-title" }, form));
  prepareDialog(dialog);
  place.after(dialog);
  const answer = await openDialog(dialog);
  dialog.remove();
  return answer === "yes";
}

/** One more model means another comparison; `turns`: how many there are in this one. */
export function wordsOfAdding(/** @type {number} */ turns) {
  const stays = t("The models of a comparison do not change once it has run. A new one opens with this prompt and these models, where you add the next; this one stays in your history as it is.");
  const follow = turns > 1 ? t("Follow-ups are not taken along.") : "";
  return { title: t("Add a model in a new comparison?"), text: [stays, follow].filter(Boolean).join(" "), yes: t("Open a new comparison") };
}
