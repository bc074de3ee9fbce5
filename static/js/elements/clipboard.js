/** Copying text, also where the page is not served over HTTPS and the clipboard API does not exist. */

export async function copyText(/** @type {string} */ text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  const before = /** @type {HTMLElement | null} */ (document.activeElement);
  // Below a modal dialog nothing can be selected.
  (document.querySelector("dialog:modal") ?? document.body).append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  before?.focus();
  if (!done) throw new Error("the browser refused to copy");
  return undefined;
}
