/** How this reader likes the grid: kept in the browser, never sent. */

/** @typedef {import("./ts-toolbar.js").Prefs} Prefs */

const KEY = "ts-grid";
/** @type {Prefs} */
const DEFAULTS = { view: "rendered", layout: "columns", sync: false, race: true };
/** @type {Record<string, unknown[]>} */
const ALLOWED = { view: ["rendered", "source"], layout: ["columns", "focus", "stack"], sync: [true, false], race: [true, false] };

/** @returns {Prefs} */
export function loadPrefs() {
  /** @type {any} */
  let stored = {};
  try {
    stored = JSON.parse(localStorage.getItem(KEY) ?? "{}") ?? {};
  } catch {
    stored = {}; // written by hand or by another version: the defaults are right
  }
  const kept = Object.entries(stored).filter(([name, value]) => ALLOWED[name]?.includes(value));
  return { ...DEFAULTS, ...Object.fromEntries(kept) };
}

export function savePrefs(/** @type {Prefs} */ prefs) {
  localStorage.setItem(KEY, JSON.stringify(prefs));
}
