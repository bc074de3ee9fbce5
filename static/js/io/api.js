/** The HTTP API as this page uses it: JSON in, JSON out, typed errors. The session cookie and the CSRF token go along. */

import { mebibytes } from "../core/format.js";
import { t } from "../core/i18n.js";

const ROOT = "/api/v1";

/** An answer that is not a success, or none at all (`status` 0). `code` and `details` come from the server. */
export class ApiError extends Error {
  constructor(/** @type {{status: number, code: string, message: string, details?: any}} */ { status, code, message, details = null }) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

/** What is in a file that goes to the server as text. Too large a one is not read. */
export async function textOf(/** @type {File} */ file, /** @type {number} */ most) {
  if (file.size > most) throw new ApiError({ status: 413, code: "too_large", message: t("This file is larger than {most}.", { most: mebibytes(most) }) });
  return file.text();
}

/** @typedef {{body?: any, text?: string, key?: string, signal?: AbortSignal}} Options */

const call = (/** @type {string} */ method, /** @type {string} */ path, /** @type {Options} */ options = {}) => insisting(() => ask(method, path, options));

/** Asks once more where only the token was old. */
async function insisting(/** @type {() => Promise<any>} */ asking) {
  try {
    return await asking();
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== "csrf_failed" || !(await renewedToken())) throw error;
    return asking();
  }
}

async function ask(/** @type {string} */ method, /** @type {string} */ path, /** @type {Options} */ { body, text, key, signal }) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRFToken"] = csrfToken();
  if (key) headers["Idempotency-Key"] = key;
  const payload = text ?? (body === undefined ? undefined : JSON.stringify(body));
  if (payload !== undefined) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(ROOT + path, { method, headers, body: payload, signal, credentials: "same-origin", redirect: "error" });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new ApiError({ status: 0, code: "unreachable", message: "" });
  }
  return read(response);
}

async function read(/** @type {Response} */ response) {
  return answered(response.status, await response.text());
}

function answered(/** @type {number} */ status, /** @type {string} */ text) {
  const data = parsed(text);
  if (status >= 200 && status < 300) return data;
  const { code = "error", message = "", details = null } = data?.error ?? {};
  throw new ApiError({ status, code, message, details });
}

/** Null for no body, and for a proxy's page instead of our JSON: the status says enough. */
function parsed(/** @type {string} */ text) {
  try {
    return text === "" ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

function csrfToken() {
  const meta = document.querySelector('meta[name="csrf-token"]');
  return meta instanceof HTMLMetaElement ? meta.content : "";
}

/** After signing in in another tab the token of this page opens nothing; the same page made now has one that does. */
async function renewedToken() {
  const meta = document.querySelector('meta[name="csrf-token"]');
  const page = await fetch(location.pathname, { credentials: "same-origin" }).then((response) => response.text(), () => "");
  const [, token] = /<meta name="csrf-token" content="(\w+)">/.exec(page) ?? [];
  if (meta instanceof HTMLMetaElement && token) meta.content = token;
  return token !== undefined;
}

const part = encodeURIComponent;

/** All models that can be chosen, the unavailable ones with the reason. */
export const models = () => call("GET", "/models");

/** All providers, so that any model id of theirs can be typed. */
export const providers = () => call("GET", "/providers");

/** `text` is the body as JSON, so that what was keyed is exactly what is sent. */
export const createComparison = (/** @type {string} */ text, /** @type {string} */ key) => call("POST", "/comparisons", { text, key });

/** What sending this would cost: as for starting, or with `comparison` as for a follow-up. Keeps nothing. */
export const forecast = (/** @type {string} */ text, /** @type {AbortSignal} */ signal) => call("POST", "/forecast", { text, signal });

export const comparison = (/** @type {string} */ id) => call("GET", `/comparisons/${part(id)}`);

/** Where a comparison is to be had as a file. */
export const exportUrl = (/** @type {string} */ id, /** @type {string} */ format) => `${ROOT}/comparisons/${part(id)}/export?format=${part(format)}`;

/** `text`: an exported file, whatever it is; the server reads it. @type {(kind: "comparisons" | "batches", text: string) => Promise<any>} */
export const importFile = (kind, text) => call("POST", `/${kind}/import`, { text });

/** Title, tags and metadata of a comparison. */
export const labelComparison = (/** @type {string} */ id, /** @type {object} */ body) => call("PATCH", `/comparisons/${part(id)}`, { body });

export const addTurn = (/** @type {string} */ id, /** @type {object} */ body) => call("POST", `/comparisons/${part(id)}/turns`, { body });

export const cancelComparison = (/** @type {string} */ id) => call("POST", `/comparisons/${part(id)}/cancel`);

/**
 * A file that goes with a prompt: {id, kind, mime, size, name, sha256}. `progress` hears which share has gone out.
 * @param {File} file
 * @param {{progress: (share: number) => void, signal: AbortSignal}} options
 * @returns {Promise<any>}
 */
export const uploadFile = (file, options) => insisting(() => upload(file, options));

/** @type {typeof uploadFile} */
function upload(file, { progress, signal }) {
  return new Promise((resolve, reject) => {
    // Only this old way says how much has been sent.
    const request = new XMLHttpRequest();
    const failed = () => reject(new ApiError({ status: 0, code: "unreachable", message: "" }));
    request.upload.addEventListener("progress", ({ loaded, total }) => progress(total ? loaded / total : 0));
    request.addEventListener("load", () => resolve({ status: request.status, text: request.responseText }));
    for (const type of ["error", "abort"]) request.addEventListener(type, failed);
    if (signal.aborted) return failed();
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.open("POST", `${ROOT}/attachments`);
    request.setRequestHeader("X-CSRFToken", csrfToken());
    const form = new FormData();
    form.append("file", file);
    request.send(form);
  }).then((/** @type {any} */ { status, text }) => answered(status, text));
}

/** Removes a file that nothing uses. */
export const deleteAttachment = (/** @type {string} */ id) => call("DELETE", `/attachments/${part(id)}`);

/** What a run has sent, as code in every language that fits. */
export const runCode = (/** @type {string} */ id) => call("GET", `/runs/${part(id)}/code`);

export const labelRun = (/** @type {string} */ id, /** @type {{tags: string[], metadata: object}} */ body) => call("PATCH", `/runs/${part(id)}`, { body });

export const cancelRun = (/** @type {string} */ id) => call("POST", `/runs/${part(id)}/cancel`);

export const rerun = (/** @type {string} */ id, /** @type {{branch?: boolean}} */ body = {}) => call("POST", `/runs/${part(id)}/rerun`, { body });

/** How far a batch is. */
export const batch = (/** @type {string} */ id) => call("GET", `/batches/${part(id)}`);

/** Inputs of a batch with how their answers begin: {items, next}. */
export const batchInputs = (/** @type {string} */ id, /** @type {{show: string, q: string, after: number}} */ { show, q, after }) =>
  call("GET", `/batches/${part(id)}/inputs?show=${part(show)}&q=${part(q)}&after=${after}`);

/** `act`: stop, resume or retry. */
export const changeBatch = (/** @type {string} */ id, /** @type {string} */ act) => call("POST", `/batches/${part(id)}/${part(act)}`);

export const deleteBatch = (/** @type {string} */ id) => call("DELETE", `/batches/${part(id)}`);

/** The links of a comparison, without their addresses. */
export const shares = (/** @type {string} */ id) => call("GET", `/comparisons/${part(id)}/shares`);

/** A link with chosen options; its address comes once. */
export const createShare = (/** @type {string} */ id, /** @type {object} */ body) => call("POST", `/comparisons/${part(id)}/shares`, { body });

/** What a link with these parts would show, and what in it looks like a secret. */
export const previewShare = (/** @type {string} */ id, /** @type {string[]} */ parts) => call("POST", `/comparisons/${part(id)}/shares/preview`, { body: { parts } });

/** A comparison of one's own, made of what one can see of this one. */
export const forkComparison = (/** @type {string} */ id) => call("POST", `/comparisons/${part(id)}/fork`);

export const revokeShare = (/** @type {string} */ share) => call("DELETE", `/shares/${part(share)}`);

/** Prompts that one may use, the last changed first: {items, next}. */
export const prompts = (/** @type {string} */ q, /** @type {AbortSignal} */ signal) => call("GET", `/prompts?q=${part(q)}`, { signal });

/** A prompt with that version of it. */
export const promptVersion = (/** @type {string} */ version) => call("GET", `/prompt-versions/${part(version)}`);

export const createPrompt = (/** @type {object} */ body) => call("POST", "/prompts", { body });

export const changePrompt = (/** @type {string} */ id, /** @type {object} */ body) => call("PATCH", `/prompts/${part(id)}`, { body });

export const deletePrompt = (/** @type {string} */ id) => call("DELETE", `/prompts/${part(id)}`);

export const duplicatePrompt = (/** @type {string} */ id) => call("POST", `/prompts/${part(id)}/duplicate`);

/** `text` is an exported file as it is. */
export const importPrompts = (/** @type {string} */ text) => call("POST", "/prompts/import", { text });

/** All column sets that one may use: {items}. */
export const columnSets = () => call("GET", "/column-sets");

export const createColumnSet = (/** @type {object} */ body) => call("POST", "/column-sets", { body });

export const changeColumnSet = (/** @type {string} */ id, /** @type {object} */ body) => call("PATCH", `/column-sets/${part(id)}`, { body });

export const deleteColumnSet = (/** @type {string} */ id) => call("DELETE", `/column-sets/${part(id)}`);

/** Whether new playgrounds open with it. */
export const defaultColumnSet = (/** @type {string} */ id, /** @type {boolean} */ yes) => call(yes ? "PUT" : "DELETE", `/column-sets/${part(id)}/default`);

/** The theme of the signed-in user (a page form, not the API). */
export const saveTheme = (/** @type {string} */ url, /** @type {string} */ theme) => post(url, { theme });

/** Whether single keys are shortcuts for the signed-in user (a page form, too). */
export const saveLetters = (/** @type {string} */ url, /** @type {string} */ letters) => post(url, { letters });

async function post(/** @type {string} */ url, /** @type {Record<string, string>} */ fields) {
  const body = new URLSearchParams(fields);
  await fetch(url, { method: "POST", headers: { "X-CSRFToken": csrfToken() }, body, credentials: "same-origin", redirect: "manual" });
}
