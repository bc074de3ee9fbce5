/** Addresses from model text: only http, https and mailto become links, and an image is a link that nothing loads. */

import { t } from "../core/i18n.js";
import { withoutHidden } from "./text.js";

const SCHEMES = new Set(["http:", "https:", "mailto:"]);
const MAX_LENGTH = 2048;
const HOST_IN_TEXT = /(?:[\p{L}\p{N}-]+[.\u3002\uff0e\uff61])+\p{L}{2,}/giu;

/**
 * @param {string} address
 * @returns {URL | null}
 */
export function safeUrl(address) {
  if (address.length > MAX_LENGTH) return null;
  try {
    const url = new URL(address);
    return SCHEMES.has(url.protocol) ? url : null;
  } catch {
    return null; // relative or broken: it stays text
  }
}

/** @param {string} host */
function bareHost(host) {
  return host.toLowerCase().replace(/^www\./, "");
}

/** @param {URL} url */
function whereTo(url) {
  return url.protocol === "mailto:" ? decodeURIComponentSafely(url.pathname) : url.hostname;
}

/** @param {string} text */
function decodeURIComponentSafely(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Where a link really leads, when its text names another place.
 * @param {string} text what the reader sees
 * @param {URL} url
 * @returns {string} empty when the text does not mislead
 */
export function hostHint(text, url) {
  const seen = withoutHidden(text);
  const target = url.protocol === "mailto:" ? whereTo(url).split("@").pop() ?? "" : url.hostname;
  for (const [name] of seen.matchAll(HOST_IN_TEXT)) {
    const claimed = safeUrl(`http://${name}`)?.hostname ?? name;
    if (bareHost(claimed) !== bareHost(target)) return whereTo(url);
  }
  return "";
}

/**
 * @param {URL} url
 * @param {string} className
 */
function anchor(url, className) {
  const element = document.createElement("a");
  element.setAttribute("href", url.href);
  element.rel = "noopener noreferrer nofollow ugc";
  element.target = "_blank";
  if (className) element.className = className;
  return element;
}

/** @param {string} host */
function hostNote(host) {
  const note = document.createElement("span");
  note.className = "link-host";
  note.append(` (${host})`);
  return note;
}

/**
 * @param {string} address
 * @param {(parent: Element) => void} fill writes the text of the link
 * @returns {Element} a link, or a span when the address is not one to follow
 */
export function link(address, fill) {
  const url = safeUrl(address);
  if (!url) {
    const text = document.createElement("span");
    fill(text);
    return text;
  }
  const element = anchor(url, "");
  fill(element);
  const hint = hostHint(element.textContent ?? "", url);
  if (hint) element.append(hostNote(hint));
  return element;
}

/**
 * A picture that is named, not loaded. Inside a link it is only text: a link in a link has no meaning.
 * @param {string} address
 * @param {string} description
 * @param {boolean} inLink
 */
export function imageChip(address, description, inLink) {
  const url = safeUrl(address);
  const followed = url !== null && url.protocol !== "mailto:" && !inLink;
  const element = followed ? anchor(url, "image-chip") : document.createElement("span");
  element.className = "image-chip";
  element.title = followed ? t("Picture not loaded. Opens in a new tab.") : t("Picture not loaded.");
  const label = document.createElement("span");
  label.className = "image-alt";
  label.append(description || t("Picture"));
  element.append(label);
  if (url) element.append(hostNote(url.hostname));
  return element;
}
