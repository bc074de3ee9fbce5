/**
 * Syntax colours: highlight.js emits straight into DOM nodes, no HTML in between. Grammars are fetched when a fence names
 * them; a language that quotes others waits for those too, so that the outcome does not depend on what came earlier.
 */

import { track } from "./pending.js";
import { appendVisible } from "./text.js";

/** @typedef {typeof import("highlight")["default"]} Highlighter */

const MAX_CODE = 50_000;

/** @type {Record<string, string>} */
const ALIASES = {
  py: "python", python3: "python", ipython: "python", js: "javascript", jsx: "javascript", mjs: "javascript", cjs: "javascript",
  node: "javascript", ts: "typescript", tsx: "typescript", mts: "typescript", jsonc: "json", json5: "json", jsonl: "json",
  sh: "bash", shell: "bash", zsh: "bash", console: "bash", html: "xml", xhtml: "xml", svg: "xml", vue: "xml", scss: "css",
  postgresql: "sql", mysql: "sql", sqlite: "sql", h: "c", "c++": "cpp", cc: "cpp", cxx: "cpp", hpp: "cpp", cs: "csharp",
  "c#": "csharp", golang: "go", rs: "rust", rb: "ruby", yml: "yaml", md: "markdown", patch: "diff", kt: "kotlin",
  kts: "kotlin",
};
const WEB = ["javascript", "xml", "css"];
/** @type {Record<string, string[]>} */
const NEEDS = {
  javascript: WEB, typescript: ["typescript", ...WEB], xml: WEB, markdown: ["markdown", ...WEB], yaml: ["yaml", "ruby"],
};
const LANGUAGES = new Set(
  "python javascript typescript json bash xml css sql java c cpp csharp go rust ruby php yaml markdown diff kotlin swift".split(" "),
);

/** Builds the coloured spans; highlight.js calls it as it reads. */
class DomEmitter {
  root = document.createElement("span");
  #stack = [this.root];

  get #top() {
    return this.#stack[this.#stack.length - 1];
  }

  /** @param {string} text */
  addText(text) {
    appendVisible(this.#top, text);
  }

  /** @param {string} scope of the grammar, as in "title.function" */
  startScope(scope) {
    const span = document.createElement("span");
    const [kind, ...parts] = scope.split(".");
    span.className = [`hl-${kind}`, ...parts.map((part) => `hl-${kind}-${part.replace(/_$/, "")}`)].join(" ");
    this.#top.append(span);
    this.#stack.push(span);
  }

  endScope() {
    if (this.#stack.length > 1) this.#stack.pop();
  }

  /** @param {string} scope the same under its older name, which highlight.js calls too */
  openNode(scope) {
    this.startScope(scope);
  }

  closeNode() {
    this.endScope();
  }

  /** @param {import("highlight").Emitter} emitter what a quoted language emitted */
  __addSublanguage(emitter) {
    this.#top.append(.../** @type {DomEmitter} */ (emitter).root.childNodes);
  }

  finalize() {
    this.#stack.length = 1;
  }

  toHTML() {
    return ""; // asked for at the end, and nobody reads it
  }
}

/** @type {Highlighter | null} */
let highlighter = null;
/** @type {Set<string>} */
const ready = new Set();
/** @type {Map<string, Promise<void>>} */
const loading = new Map();

/**
 * @param {string} info what stands behind the fence
 * @returns {string} a language with a grammar, or ""
 */
export function languageOf(info) {
  const name = info.toLowerCase();
  const language = ALIASES[name] ?? name;
  return LANGUAGES.has(language) ? language : "";
}

/** @param {string} language */
async function fetchGrammars(language) {
  const names = NEEDS[language] ?? [language];
  const [core, ...grammars] = await Promise.all([import("highlight"), ...names.map((name) => import(`highlight/${name}`))]);
  if (!highlighter) {
    highlighter = core.default.newInstance();
    highlighter.configure({ __emitter: DomEmitter });
  }
  for (const [index, name] of names.entries()) {
    if (!highlighter.getLanguage(name)) highlighter.registerLanguage(name, grammars[index].default);
  }
  ready.add(language);
}

/** @param {string} language @returns {Promise<void>} */
function loadLanguage(language) {
  if (!language || ready.has(language)) return Promise.resolve();
  const known = loading.get(language);
  if (known) return known;
  const work = track(fetchGrammars(language));
  loading.set(language, work);
  return work;
}

/**
 * Writes the text into the element, coloured now or when the grammar has come.
 * @param {Element} element
 * @param {string} text
 * @param {string} language
 */
export function highlightInto(element, text, language) {
  const coloured = language !== "" && text.length <= MAX_CODE;
  if (coloured && ready.has(language)) {
    element.replaceChildren(...colour(text, language));
    return;
  }
  element.replaceChildren();
  appendVisible(element, text);
  if (!coloured) return;
  const written = element.firstChild;
  track(loadLanguage(language).then(() => {
    if (element.firstChild === written) element.replaceChildren(...colour(text, language));
  }));
}

/**
 * @param {string} text
 * @param {string} language
 */
function colour(text, language) {
  const result = /** @type {Highlighter} */ (highlighter).highlight(text, { language, ignoreIllegals: true });
  const emitter = /** @type {DomEmitter} */ (result._emitter);
  if (result.errorRaised || emitter.root.textContent?.length === 0) {
    emitter.root.replaceChildren();
    appendVisible(emitter.root, text);
  }
  return emitter.root.childNodes;
}
