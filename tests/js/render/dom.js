/** A document for the renderer under Node, with animation frames that come at once, and ways to compare what it made. */

import { install } from "./vendor-hooks.js";

install();
const { Window } = await import("happy-dom");

export const window = new Window({ url: "http://touchstone.test/" });
for (const name of ["document", "Node", "navigator", "location"]) {
  Object.defineProperty(globalThis, name, { value: window[name], configurable: true });
}
Object.defineProperty(document, "compatMode", { value: "CSS1Compat" }); // happy-dom's empty page has no doctype
const styles = new WeakMap();
Object.defineProperty(window.Element.prototype, "style", {
  configurable: true,
  get() {
    // happy-dom gives MathML elements no style; what the renderer sets is to be seen in `picture`.
    if (!styles.has(this)) {
      const set = (name, value) => this.setAttribute("data-style", `${this.getAttribute("data-style") ?? ""}${name}:${value};`);
      styles.set(this, { setProperty: set });
    }
    return styles.get(this);
  },
});
globalThis.reportError = (error) => {
  throw error;
};
globalThis.requestAnimationFrame = (callback) => {
  setImmediate(() => callback(performance.now()));
  return 1;
};

const { MarkdownView } = await import("../../../static/js/render/markdown.js");
const { settled } = await import("../../../static/js/render/pending.js");
export { MarkdownView, settled };

/** An element in the document that the renderer takes for an answer. */
export function stage() {
  const root = document.createElement("div");
  root.className = "answer";
  document.body.append(root);
  return root;
}

/** @returns {string} the tree as text: tags, attributes in order of name, neighbouring texts as one */
export function picture(node) {
  if (node.nodeType === 3) return node.data.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const attributes = [...node.attributes].map(({ name, value }) => `${name}=${JSON.stringify(value)}`).sort();
  const inner = [...node.childNodes].map(picture).join("");
  return `<${[node.localName, ...attributes].join(" ")}>${inner}</>`;
}

/** The whole text in one piece. */
export async function renderWhole(text) {
  const root = stage();
  const view = new MarkdownView(root);
  view.push(text);
  view.finish();
  await settled();
  root.remove();
  return root;
}

/** The same text in pieces, with a flush after each. */
export async function renderPieces(pieces, onFlush = () => {}) {
  const root = stage();
  const view = new MarkdownView(root);
  for (const piece of pieces) {
    view.push(piece);
    view.flush();
    onFlush(root, view);
  }
  view.finish();
  await settled();
  root.remove();
  return { root, view };
}
