/** <ts-theme>: automatic, light, dark in turn. Works as a form without JavaScript; with it the page does not reload. */

import { t } from "../core/i18n.js";
import { saveTheme } from "../io/api.js";
import { saveAdminTheme } from "../io/drafts.js";
import { icon, need } from "./dom.js";

const NEXT = Object.freeze({ auto: "light", light: "dark", dark: "auto" });
const ICONS = Object.freeze({ auto: "auto", light: "sun", dark: "moon" });

/** @typedef {keyof typeof NEXT} Theme */

export class TsTheme extends HTMLElement {
  connectedCallback() {
    need(this, "form").addEventListener("submit", this.#switch);
    this.#show(this.#theme);
  }

  disconnectedCallback() {
    need(this, "form").removeEventListener("submit", this.#switch);
  }

  /** @returns {Theme} */
  get #theme() {
    const theme = document.documentElement.dataset.theme ?? "";
    return Object.hasOwn(NEXT, theme) ? /** @type {Theme} */ (theme) : "auto";
  }

  #switch = (/** @type {Event} */ event) => {
    event.preventDefault();
    const theme = /** @type {Theme} */ (NEXT[this.#theme]);
    document.documentElement.dataset.theme = theme;
    this.#show(theme);
    // Only the memory of it can fail, and then the next page shows the old theme: nothing to report.
    saveTheme(/** @type {HTMLFormElement} */ (need(this, "form")).action, theme).catch(() => undefined);
  };

  #show(/** @type {Theme} */ theme) {
    const names = { auto: t("automatic"), light: t("light"), dark: t("dark") };
    saveAdminTheme(theme);
    const label = t("Theme: {name}", { name: names[theme] });
    /** @type {HTMLButtonElement} */
    const button = need(this, "button");
    button.value = NEXT[theme];
    button.title = label;
    button.setAttribute("aria-label", label);
    button.replaceChildren(icon(ICONS[theme]));
  }
}
