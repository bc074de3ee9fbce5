/** Making elements without HTML strings: text is always text. */

import { signInIn } from "../core/problems.js";

const SVG = "http://www.w3.org/2000/svg";

/**
 * `el("p", {class: "hint", hidden: true}, "text", child)`: props are attributes; true sets an empty one, false, null and
 * undefined none. Children are nodes or text.
 * @param {string} tag
 * @param {Record<string, any>} props
 * @param {...(Node | string | null | undefined)} children
 */
export function el(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** An icon of the page's sprite, hidden from screen readers: the words beside it say what it means. */
export function icon(/** @type {string} */ name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/**
 * The element that the page's template promises.
 * @template {Element} [T=HTMLElement]
 * @param {ParentNode} root
 * @param {string} selector
 * @returns {T}
 */
export function need(root, selector) {
  const found = root.querySelector(selector);
  if (!found) throw new Error(`the page has no ${selector}`);
  return /** @type {T} */ (found);
}

/** News for other parts of the page. */
export function tell(/** @type {string} */ type, /** @type {any} */ detail = {}, /** @type {EventTarget} */ target = document) {
  target.dispatchEvent(new CustomEvent(type, { bubbles: true, detail }));
}

/** A menu below its button, inside the window. Anchor positioning is not in every browser yet. */
export function placeBelow(/** @type {HTMLElement} */ menu, /** @type {HTMLElement} */ button) {
  menu.style.inset = "auto";
  menu.style.margin = "0";
  const from = button.getBoundingClientRect();
  const box = menu.getBoundingClientRect();
  menu.style.left = `${Math.max(8, Math.min(from.right - box.width, window.innerWidth - box.width - 8))}px`;
  menu.style.top = `${Math.min(from.bottom + 4, window.innerHeight - box.height - 8)}px`;
}

/** Ctrl+Enter (or Command+Enter), but not the Enter that ends a Chinese word. */
export function isSubmitKey(/** @type {KeyboardEvent} */ event) {
  return event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing && event.keyCode !== 229;
}

/** Lets a textarea grow with its text where CSS alone cannot do it yet. */
export function grow(/** @type {HTMLTextAreaElement} */ area) {
  if (CSS.supports("field-sizing", "content")) return;
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight + 2}px`;
}

/** A problem in words. Where it asks to sign in again, a new tab leads there: what was typed here stays. */
export function showProblem(/** @type {HTMLElement} */ place, /** @type {string} */ text) {
  const asks = signInIn(text);
  const link = asks && el("a", { href: location.pathname, target: "_blank", rel: "noopener" }, asks.words);
  place.replaceChildren(...(link ? [asks.before, link, asks.after] : [text].filter(Boolean)));
}

/** Shows `text` as the error of a field, or takes it away when it is empty. */
export function showFieldError(/** @type {HTMLElement} */ place, /** @type {Element | null} */ field, /** @type {string} */ text) {
  showProblem(place, text);
  if (text) field?.setAttribute("aria-invalid", "true");
  else field?.removeAttribute("aria-invalid");
}
