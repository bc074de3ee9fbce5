/** What people put on one answer: tags, and pairs of metadata, as text to be edited and back. */

/** One "key=value" a line. */
export function pairsText(/** @type {Record<string, string>} */ labels) {
  return Object.entries(labels).map((pair) => pair.join("=")).join("\n");
}

/** The pairs of such a text; null if a line is none. @returns {Record<string, string> | null} */
export function pairsOf(/** @type {string} */ text) {
  const lines = text.split("\n").map((line) => line.trim()).filter(Boolean);
  const pairs = lines.map((line) => /^([^=]+)=(.*)$/.exec(line)?.slice(1).map((part) => part.trim()));
  return pairs.every((pair) => pair?.[0]) ? Object.fromEntries(/** @type {string[][]} */ (pairs)) : null;
}

/** As they are shown below the answer. */
export function chipsOfRun(/** @type {{tags?: string[], labels?: Record<string, string>}} */ { tags = [], labels = {} }) {
  return [...tags.map((tag) => `#${tag}`), ...Object.entries(labels).map((pair) => pair.join(": "))];
}
