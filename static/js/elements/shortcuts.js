/**
 * The keys of the grid: a list for the help dialog, and what they do. Single letters can be switched off, because
 * speech input types them by accident (WCAG 2.1.4). Nothing happens while somebody types or a dialog is open.
 */

import { t } from "../core/i18n.js";
import { saveLetters } from "../io/api.js";

const LETTERS_OFF = "ts-letter-keys";

/** What the help dialog lists. */
export function shortcuts() {
  return [
    { keys: ["Ctrl+Enter"], text: t("Run, or send the follow-up") },
    { keys: ["Esc"], text: t("Stop the column that has the focus") },
    { keys: ["Shift+Esc"], text: t("Stop all") },
    { keys: ["1–9", "0"], text: t("Go to column 1 to 10") },
    { keys: ["←", "→"], text: t("Go to the column before or after") },
    { keys: ["F"], text: t("One wide column and a strip, and back") },
    { keys: ["T"], text: t("Open or close the reasoning") },
    { keys: ["C"], text: t("Copy the answer as Markdown") },
    { keys: ["R"], text: t("Re-run the column") },
    { keys: ["S"], text: t("Scroll all columns together") },
    ...(document.querySelector("ts-composer:not([hidden])") ? [{ keys: ["/"], text: t("Choose models") }] : []),
    { keys: ["?"], text: t("This list") },
  ];
}

/** What the signed-in person has chosen, on whatever browser; of a guest what this one remembers. */
export const lettersEnabled = () => (document.body.dataset.letters ?? localStorage.getItem(LETTERS_OFF)) !== "off";

export function setLettersEnabled(/** @type {boolean} */ on) {
  const letters = on ? "on" : "off";
  const { lettersUrl } = document.body.dataset;
  if (!lettersUrl) {
    localStorage.setItem(LETTERS_OFF, letters);
    return;
  }
  document.body.dataset.letters = letters;
  // Only the memory of it can fail, and then the next page has the old choice: nothing to report.
  saveLetters(lettersUrl, letters).catch(() => undefined);
}

/**
 * What the grid lets keys do. `column` is the one that has the focus, or null.
 * @typedef {object} Target
 * @property {() => import("./ts-column.js").TsColumn | null} focused
 * @property {(place: number) => void} goTo
 * @property {(step: number) => void} move
 * @property {() => void} stopAll
 * @property {(column: import("./ts-column.js").TsColumn) => void} stop
 * @property {(column: import("./ts-column.js").TsColumn) => void} rerun
 * @property {(name: "focus" | "sync") => void} toggle
 */

/** @type {Record<string, (target: Target, column: import("./ts-column.js").TsColumn) => void>} */
const OF_COLUMN = {
  Escape: (target, column) => target.stop(column),
  ArrowLeft: (target) => target.move(-1),
  ArrowRight: (target) => target.move(1),
  r: (target, column) => target.rerun(column),
  c: (_target, column) => column.copy(),
  t: (_target, column) => column.toggleReasoning(),
};

/** @type {Record<string, (target: Target) => void>} */
const OF_GRID = {
  "Shift+Escape": (target) => target.stopAll(),
  f: (target) => target.toggle("focus"),
  s: (target) => target.toggle("sync"),
};

/** Whether keys belong to somebody else: a field, a dialog, an open menu. */
function isTaken(/** @type {KeyboardEvent} */ event) {
  const place = /** @type {Element} */ (event.target);
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return true;
  if (place.closest?.("input, textarea, select, [contenteditable]")) return true;
  if (event.key.startsWith("Arrow") && !place.matches?.(".column-body") && place.scrollWidth > place.clientWidth) return true;
  return document.querySelector("dialog[open], :popover-open") !== null;
}

/** Does what a key means. @returns {boolean} whether it meant something */
function act(/** @type {KeyboardEvent} */ event, /** @type {Target} */ target) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const isLetter = key.length === 1;
  if (isLetter && !lettersEnabled()) return false;
  if (/^\d$/.test(key)) {
    target.goTo(key === "0" ? 9 : Number(key) - 1);
    return true;
  }
  const named = event.shiftKey && !isLetter ? `Shift+${key}` : key;
  if (Object.hasOwn(OF_GRID, named)) {
    OF_GRID[named](target);
    return true;
  }
  const column = target.focused();
  if (!column || !Object.hasOwn(OF_COLUMN, named)) return false;
  OF_COLUMN[named](target, column);
  return true;
}

/** @returns {(event: KeyboardEvent) => void} a listener for keydown */
export function keyListener(/** @type {Target} */ target) {
  return (event) => {
    if (!isTaken(event) && act(event, target)) event.preventDefault();
  };
}

/** Whether a single key is a command here, and not text or somebody else's. */
export function isFree(/** @type {KeyboardEvent} */ event) {
  const typing = /** @type {Element} */ (event.target).closest?.("input, textarea, select, [contenteditable]");
  return lettersEnabled() && !typing && !event.ctrlKey && !event.metaKey && !event.altKey;
}
