/** How this reader likes the grid: kept in the browser, never sent. */

/** @typedef {import("./ts-toolbar.js").Prefs} Prefs */

const KEY = "ts-grid";
/** @type {Prefs} */
const DEFAULTS = { view: "rendered", layout: "columns", sync: false, race: true };
/** @type {Record<string, unknown[]>} */
const ALLOWED = { view: ["rendered", "source"], layout: ["columns", "focus", "stack"], sync: [true, false], race: [true, false] };

/** @returns {Prefs} */
export function loadPrefs() {
  const kept = Object.entries(stored()).filter(([name, value]) => ALLOWED[name]?.includes(value));
  return { ...DEFAULTS, ...Object.fromEntries(kept) };
}

/** @returns {Record<string, unknown>} */
function stored() {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "{}") ?? {};
  } catch {
    return {}; // written by hand or by another version: the defaults are right
  }
}

export function savePrefs(/** @type {Prefs} */ prefs) {
  localStorage.setItem(KEY, JSON.stringify(prefs));
}
