/** Copying text, also where the page is not served over HTTPS or the browser keeps its clipboard to itself. */

import { t } from "../core/i18n.js";
import { tell } from "./dom.js";

const announce = (/** @type {string} */ text) => tell("ts:announce", { text });

/**
 * Copies `text` and says `done`, or that it could not be copied. Returns what was said.
 * @param {string} text
 * @param {string} done
 * @param {(words: string) => void} say
 */
export async function copyText(text, done, say = announce) {
  const said = (await byClipboard(text)) || bySelection(text) ? done : t("The browser refused to copy. Select the text and copy it yourself.");
  say(said);
  return said;
}

/** There is none on plain http, and a browser may refuse it to this page. */
async function byClipboard(/** @type {string} */ text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

function bySelection(/** @type {string} */ text) {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  const before = /** @type {HTMLElement | null} */ (document.activeElement);
  // Below a modal dialog nothing can be selected.
  (document.querySelector("dialog:modal") ?? document.body).append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  before?.focus();
  return done;
}
