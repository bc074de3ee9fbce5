/** A block of code with its head: the language, and a button that copies exactly what is seen. */

import { t } from "../core/i18n.js";
import { highlightInto, languageOf } from "./highlight.js";
import { appendVisible } from "./text.js";

const SHOWN_AS_COPIED = 2000; // ms

/** @param {string | undefined} info the text behind the fence: "python title=x" or "{.python}" */
export function firstWord(info) {
  return (info ?? "").trim().replace(/^\{?\.?/, "").split(/[\s{}:,]/, 1)[0].slice(0, 24);
}

/**
 * The frame without its text, for a fence that is still open.
 * @param {string | undefined} info
 * @returns {{element: HTMLElement, code: HTMLElement, language: string}}
 */
function codeFrame(info) {
  const name = firstWord(info);
  const element = document.createElement("div");
  element.className = "code";
  const head = document.createElement("div");
  head.className = "code-head";
  const label = document.createElement("span");
  label.className = "code-language";
  appendVisible(label, name || t("text"));
  const pre = document.createElement("pre");
  pre.tabIndex = 0;
  pre.setAttribute("role", "group");
  pre.setAttribute("aria-label", t("Code: {language}", { language: name || t("text") }));
  const code = document.createElement("code");
  pre.append(code);
  head.append(label, copyButton(code));
  element.append(head, pre);
  return { element, code, language: languageOf(name) };
}

/**
 * @param {string} text
 * @param {string | undefined} info
 * @param {boolean} coloured
 */
export function codeBlock(text, info, coloured) {
  const { element, code, language } = codeFrame(info);
  const body = text.replace(/\n$/, "");
  if (coloured) highlightInto(code, body, language);
  else appendVisible(code, body);
  return element;
}

/** @param {HTMLElement} code */
function copyButton(code) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "code-copy";
  button.append(t("Copy"));
  button.addEventListener("click", async () => {
    button.textContent = (await copyText(code)) ? t("Copied") : t("Select and press Ctrl+C");
    setTimeout(() => {
      button.textContent = t("Copy");
    }, SHOWN_AS_COPIED);
  });
  return button;
}

/**
 * @param {HTMLElement} element
 * @returns {Promise<boolean>}
 */
async function copyText(element) {
  try {
    await navigator.clipboard.writeText(element.textContent ?? "");
    return true;
  } catch {
    // No clipboard outside of secure contexts, as on plain http in a local network: leave it selected instead.
    getSelection()?.selectAllChildren(element);
    return document.execCommand("copy");
  }
}
