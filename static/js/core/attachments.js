/** Files that go with a prompt: what is kept of them in a draft, what a turn says of them, which models refuse them. Pure. */

export const MAX_FILES = 8;
const KINDS = ["image", "audio", "video", "file"];
/** @type {Readonly<Record<string, string>>} */
const NEEDS = Object.freeze({ image: "image_input", audio: "audio_input", video: "video_input", file: "pdf_input" });

/** @typedef {{id: string, kind: string, mime: string, name: string, size: number}} File  an empty id is still on its way */

/** Of one file whose text goes into the prompt, in bytes. */
export const MOST_TEXT = 200_000;
const TEXT_TYPES = /^(text\/|application\/(json|xml|yaml|toml|x-sh|javascript|typescript|sql|x-ndjson|x-yaml)$)/;
const TEXT_NAMES = /\.(txt|md|markdown|rst|csv|tsv|json|jsonl|ndjson|xml|html?|css|ya?ml|toml|ini|cfg|conf|log|sql|tex|diff|patch|sh|bash|py|rb|php|pl|lua|r|js|mjs|jsx|ts|tsx|java|kt|scala|go|rs|c|h|cc|cpp|hpp|cs|swift|vue|svelte)$/i;

/** Whether a file is one whose text every model can read, as a part of the prompt. */
export const isText = (/** @type {{name: string, type: string}} */ { name, type }) => TEXT_TYPES.test(type) || (TEXT_NAMES.test(name) && !/^(image|audio|video)\//.test(type));

/** The text of a file as it stands in a prompt: below its name, in a fence that no line of it closes. */
export function quotedFile(/** @type {string} */ name, /** @type {string} */ text) {
  const longest = Math.max(2, ...[...text.matchAll(/`{3,}/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${name}\n${fence}\n${text.replace(/\r\n?/g, "\n").replace(/\n$/, "")}\n${fence}`;
}

/** Whatever was stored -> files that have been uploaded. @returns {File[]} */
export function filesOf(/** @type {any} */ stored) {
  const fits = (/** @type {any} */ file) => /^[0-9a-f]{32}$/.test(file?.id) && KINDS.includes(file.kind) && typeof file.name === "string";
  return (Array.isArray(stored) ? stored : [])
    .filter(fits)
    .slice(0, MAX_FILES)
    .map(({ id, kind, mime, name, size }) => ({ id, kind, mime: String(mime ?? ""), name, size: Number(size) || 0 }));
}

/** The ids as a request names them; undefined for none. */
export function idsOf(/** @type {File[]} */ files) {
  const ids = files.map(({ id }) => id).filter(Boolean);
  return ids.length ? ids : undefined;
}

/** Their names on one line. */
export const namesOf = (/** @type {File[]} */ files) => files.map(({ name }) => name).join(", ");

/** The files that a turn names, in order. @returns {File[]} */
export function filesIn(/** @type {any} */ turn) {
  const blocks = (turn?.messages ?? []).flatMap((/** @type {any} */ { content }) => (Array.isArray(content) ? content : []));
  return filesOf(blocks.filter(isFile).map((/** @type {any} */ { kind, name, data }) => ({ id: data.attachment, kind, name: name ?? "", mime: data.media_type, size: data.size })));
}

/** The files of a turn that are not here: it was brought in from elsewhere without them. @returns {File[]} */
export function missingIn(/** @type {any} */ turn) {
  const blocks = (turn?.messages ?? []).flatMap((/** @type {any} */ { content }) => (Array.isArray(content) ? content : []));
  return blocks.filter(isMissing).map((/** @type {any} */ { kind, name, data }) => ({ id: "", kind, mime: "", name: String(name ?? ""), size: Number(data.size) || 0 }));
}

const isMissing = (/** @type {any} */ block) => block?.data?.missing === true;

/** Whether a block of a message names an uploaded file, be it here or not. */
export const isFile = (/** @type {any} */ block) => typeof block?.data?.attachment === "string" || isMissing(block);

/** Of which kind the first file is that a model is known not to take; null if it may take them all. */
export function refusedKind(/** @type {Record<string, boolean | null> | undefined} */ capabilities, /** @type {File[]} */ files) {
  return files.find(({ kind }) => capabilities?.[NEEDS[kind]] === false)?.kind ?? null;
}
