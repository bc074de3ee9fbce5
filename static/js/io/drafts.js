/**
 * What this browser remembers: the draft of this tab, and models and parameters for the next comparison. One person's
 * things never show to the next one who signs in here. A browser that refuses storage only loses the memory.
 */

const PREFIX = "touchstone:";

const user = () => document.body.dataset.user || "nobody";

const keyOf = (/** @type {string} */ name) => `${PREFIX}${user()}:${name}`;

function write(/** @type {"sessionStorage" | "localStorage"} */ storage, /** @type {string} */ name, /** @type {unknown} */ value) {
  try {
    if (value === null) globalThis[storage].removeItem(keyOf(name));
    else globalThis[storage].setItem(keyOf(name), JSON.stringify(value));
  } catch {
    return false; // full, or switched off
  }
  return true;
}

function read(/** @type {"sessionStorage" | "localStorage"} */ storage, /** @type {string} */ name) {
  try {
    return JSON.parse(globalThis[storage].getItem(keyOf(name)) ?? "null");
  } catch {
    return null;
  }
}

export const saveDraft = (/** @type {unknown} */ draft, name = "draft") => write("sessionStorage", name, draft);

export const loadDraft = (name = "draft") => read("sessionStorage", name);

export const saveLastUsed = (/** @type {unknown} */ used) => write("localStorage", "last-used", used);

export const loadLastUsed = () => read("localStorage", "last-used");

/** The administration is Django's and reads its theme under this name, in the same words. */
export function saveAdminTheme(/** @type {string} */ theme) {
  try {
    localStorage.setItem("theme", theme);
  } catch {
    // switched off: the administration follows the system
  }
}

/** Forgets everything of everybody: on sign-out. */
export function forget() {
  for (const storage of /** @type {const} */ (["sessionStorage", "localStorage"])) {
    try {
      for (const key of Object.keys(globalThis[storage])) {
        if (key.startsWith(PREFIX)) globalThis[storage].removeItem(key);
      }
    } catch {
      continue; // switched off: nothing was kept
    }
  }
}

/** 128 random bits; randomUUID would need a secure context. */
export function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
