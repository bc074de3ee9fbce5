/** Files that go with a prompt, as chips: picture or icon, name, size. Names are only ever text. */

import { fileSize } from "../core/format.js";
import { t } from "../core/i18n.js";
import { el, icon } from "./dom.js";

/** @typedef {import("../core/attachments.js").File} File */

/** What stands before the name; pictures come from our own address, which serves nothing that can run. */
function mark(/** @type {File} */ { id, kind }) {
  if (kind !== "image" || !id) return icon("file");
  return el("img", { class: "attached-picture", src: `/attachments/${encodeURIComponent(id)}`, alt: "", loading: "lazy" });
}

/** What a chip says of a file. */
export function fileParts(/** @type {File} */ file) {
  return [mark(file), el("span", { class: "one-line" }, file.name), el("span", { class: "hint numbers" }, fileSize(file.size))];
}

const missingRow = (/** @type {File} */ { name }) =>
  el("li", { class: "chip" }, icon("file"), el("span", { class: "one-line" }, name), el("span", { class: "hint" }, t("missing here")));

/**
 * The files of a turn, each a link to the file, and those that are not here; null if there are none.
 * @type {(files: File[], missing?: File[]) => HTMLElement | null}
 */
export function fileList(files, missing = []) {
  if (files.length + missing.length === 0) return null;
  const links = files.map((file) => el("a", { href: `/attachments/${encodeURIComponent(file.id)}`, target: "_blank", rel: "noopener" }, ...fileParts(file)));
  return el("ul", { class: "attached", "aria-label": t("Attached files") }, ...links.map((link) => el("li", { class: "chip" }, link)), ...missing.map(missingRow));
}
