/**
 * Texts that people see. The English text is the key; the page brings the other language as JSON in
 * `<script type="application/json" id="ts-messages">`: `{"English": "translated"}`, for plurals an array of forms.
 */

/** @type {Record<string, string | string[]> | null} */
let catalog = null;

/** @returns {Record<string, string | string[]>} */
function messages() {
  if (!catalog) {
    const source = globalThis.document?.getElementById("ts-messages");
    catalog = source ? JSON.parse(source.textContent || "{}") : {};
  }
  return /** @type {Record<string, string | string[]>} */ (catalog);
}

/**
 * @param {string} text
 * @param {Record<string, unknown>} params
 */
function fill(text, params) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in params ? String(params[name]) : whole));
}

/**
 * @param {string} message English text, with named placeholders: "{n} of {all} finished"
 * @param {Record<string, unknown>} [params]
 */
export function t(message, params = {}) {
  const found = messages()[message];
  return fill((Array.isArray(found) ? found[0] : found) ?? message, params);
}

/** A sentence that came from elsewhere, in the reader's language if it is one of ours; never filled in, for it may be anybody's. */
export function sentence(/** @type {string} */ text) {
  const found = Object.hasOwn(messages(), text) ? messages()[text] : text;
  return typeof found === "string" ? found : text;
}

/**
 * @param {string} one
 * @param {string} many
 * @param {number} n chooses the form and fills {n}
 * @param {Record<string, unknown>} [params]
 */
export function tn(one, many, n, params = {}) {
  const found = messages()[one];
  const forms = Array.isArray(found) ? found : [found ?? one, many];
  return fill(forms[n === 1 ? 0 : forms.length - 1] ?? many, { n, ...params });
}
