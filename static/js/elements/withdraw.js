/** Takes a comparison off the page whose link has ended while it was open: nothing of it stays behind. */

import { t } from "../core/i18n.js";
import { el, need } from "./dom.js";

export function withdraw() {
  const heading = el("h1", { id: "notice-title", tabindex: -1 }, t("No longer shared"));
  const again = el("p", {}, el("a", { class: "button", href: location.pathname }, t("Try again")));
  const text = t("This comparison is no longer shared with you, its link asks for another password, or your sign-in has ended.");
  document.title = `${t("No longer shared")} · Touchstone`;
  need(document, "#main").replaceChildren(el("section", { class: "card reading", "aria-labelledby": "notice-title" }, heading, el("p", {}, text), again));
  heading.focus();
}
