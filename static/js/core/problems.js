/** What went wrong, in the reader's language, with what to do about it. */

import { fileSize } from "./format.js";
import { t } from "./i18n.js";

/** In brackets what leads to signing in. */
const signedOut = () => t("You are signed out. [Sign in again in another tab], then try again: nothing is lost.");
const plain = () => signedOut().replace(/[[\]]/g, "");

/**
 * Where a problem that is shown asks to sign in again, so that these words can be a link; null if it does not.
 * @type {(text: string) => {before: string, words: string, after: string} | null}
 */
export function signInIn(text) {
  if (!text.endsWith(plain())) return null;
  const [before, words = "", after = ""] = signedOut().split(/[[\]]/);
  return { before: text.slice(0, -plain().length) + before, words, after };
}

/**
 * An error of `io/api` as one sentence; the server's own sentence where it has one. Any other error is a defect of ours:
 * it goes on, to the console.
 */
export function problemText(/** @type {any} */ error) {
  if (error?.name !== "ApiError") throw error;
  const { status, message, details } = error;
  if (status === 0) return t("The server cannot be reached. Nothing is lost: try again when it is back.");
  if (status === 401) return plain();
  if (status === 413) return tooLarge(message, details?.limit);
  if (status === 429 && !message) return t("Too many requests at once. Wait a moment and try again.");
  if (status >= 500 && !message) return t("The server could not do this. Try again; its log says why.");
  const said = Array.isArray(details) && typeof details[0]?.msg === "string" ? details[0].msg : "";
  return [message, said].filter(Boolean).join(" ") || t("The server refused this (status {status}).", { status });
}

/** Without a limit it was refused by this page, which says why, or by a proxy, which does not. */
function tooLarge(/** @type {string} */ message, /** @type {unknown} */ limit) {
  if (typeof limit === "number") return t("This is too large: the server takes at most {most}.", { most: fileSize(limit) });
  return message || t("This is too long for the server to take.");
}

/** @type {Readonly<Record<string, (asked: number, name: string) => string>>} */
const DRAFT_PROBLEMS = Object.freeze({
  no_prompt: () => t("Write a prompt first."),
  uploading: () => t("Wait until the files are uploaded."),
  no_models: () => t("Add at least one model."),
  too_many: () => t("At most 32 columns at once."),
  no_value: (_asked, name) => t("The variable {name} needs a value.", { name: `{${name}}` }),
  too_many_answers: (asked) => t("At most 32 answers at once; this asks for {n}.", { n: asked }),
});

/** A problem of `core/draft` as one sentence. */
export const draftProblemText = (/** @type {{code: string, asked?: number, name?: string}} */ { code, asked = 0, name = "" }) => DRAFT_PROBLEMS[code](asked, name);

/** A problem of `core/params` as one sentence. */
export function paramProblemText(/** @type {import("./params.js").Problem} */ { code, least, most }) {
  if (code === "integer") return t("A whole number, please.");
  if (code === "number") return t("A number, please.");
  if (code === "tools") return t("A JSON list of tools, each with a name: {example}", { example: '[{"name": "weather", "parameters": {}}]' });
  if (code === "json") return t("A JSON object, please: {example}", { example: '{"top_k": 40}' });
  if (code === "no_schema") return t("A schema is needed; only JSON mode does without.");
  if (code === "long") return t("At most {most} characters.", { most: String(most) });
  if (code === "range" && most === undefined) return t("At least {least}.", { least: String(least) });
  if (code === "range") return t("Between {least} and {most}.", { least: String(least), most: String(most) });
  return t("Not one of the choices.");
}
