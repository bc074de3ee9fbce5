/** What people put on one answer: tags as a line of text, and pairs of metadata. What nobody touches stays as it is. */

export const MOST_TAGS = 16;
export const MOST_TITLE = 200;
export const MOST_PAIRS = 16;
export const MOST_KEY = 64;
export const MOST_VALUE = 512;

/** @typedef {{key: string, value: string}} Pair */

const SEPARATORS = /[,，、]/;

/** Tags as they stand in a field, which has one line. */
export function tagsText(/** @type {string[]} */ tags) {
  return tags.map(inOneLine).join(", ");
}

function inOneLine(/** @type {string} */ tag) {
  return tag.replaceAll(/[\r\n]/g, "");
}

/** The tags of such a text. `known`: those that were in it, which may hold commas themselves. */
export function tagsIn(/** @type {string} */ text, /** @type {string[]} */ known = []) {
  const longestFirst = known.toSorted((a, b) => b.length - a.length);
  const tags = new Set();
  let rest = text.trim();
  while (rest !== "") {
    const whole = longestFirst.find((tag) => rest.startsWith(inOneLine(tag)) && endsAt(rest, inOneLine(tag).length));
    const end = whole === undefined ? rest.search(SEPARATORS) : inOneLine(whole).length;
    const tag = whole ?? rest.slice(0, end < 0 ? undefined : end).trim();
    if (tag !== "") tags.add(tag);
    rest = end < 0 ? "" : rest.slice(end).trimStart().slice(1).trimStart();
  }
  return [...tags];
}

function endsAt(/** @type {string} */ text, /** @type {number} */ place) {
  const rest = text.slice(place).trimStart();
  return rest === "" || SEPARATORS.test(rest[0]);
}

/** A row in which nothing was written is none. */
const isWritten = (/** @type {Pair} */ { key, value }) => key !== "" || value !== "";

export function metadataOf(/** @type {Pair[]} */ pairs) {
  return Object.fromEntries(pairs.filter(isWritten).map(({ key, value }) => [key, value]));
}

/**
 * The first thing that keeps these rows from being metadata, or null.
 * @type {(pairs: Pair[]) => {place: number, field: "key" | "value", code: "no_key" | "twice" | "long_key" | "long_value"} | null}
 */
export function problemOfPairs(pairs) {
  const keys = new Set();
  for (const [place, pair] of pairs.entries()) {
    if (!isWritten(pair)) continue;
    if (pair.key === "") return { place, field: "key", code: "no_key" };
    if (keys.has(pair.key)) return { place, field: "key", code: "twice" };
    if ([...pair.key].length > MOST_KEY) return { place, field: "key", code: "long_key" };
    if ([...pair.value].length > MOST_VALUE) return { place, field: "value", code: "long_value" };
    keys.add(pair.key);
  }
  return null;
}

/** As they are shown below the answer. */
export function chipsOfRun(/** @type {{tags?: string[], labels?: Record<string, string>}} */ { tags = [], labels = {} }) {
  return [...tags.map((tag) => `#${tag}`), ...Object.entries(labels).map((pair) => pair.join(": "))];
}
