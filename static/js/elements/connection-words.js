/** The state of the live connection in words: one for the header, and a sentence where somebody must do something. */

import { t } from "../core/i18n.js";

/** @typedef {{text: string, sentence?: string, action?: string, over?: boolean}} Words  `over`: nothing of this page can be changed any more */

/** @type {Record<string, () => Words>} */
const WORDS = {
  connecting: () => ({ text: t("Connecting…") }),
  live: () => ({ text: t("Live") }),
  reconnecting: () => ({ text: t("Reconnecting…") }),
  busy: () => ({ text: t("Too many open pages"), sentence: t("You have too many comparisons open. Close some tabs; this one will connect by itself.") }),
  crowded: () => ({ text: t("Too many viewers"), sentence: t("Too many people look at this shared comparison at the moment. This page connects by itself when there is room; until then it does not follow the answers.") }),
  "signed-out": () => ({ text: t("Signed out"), sentence: t("You are signed out, so this page no longer follows the answers."), action: t("Sign in again"), over: true }),
  revoked: () => ({ text: t("No longer shared"), sentence: t("This comparison is no longer shared with you, its link asks for another password, or your sign-in has ended."), action: t("Try again"), over: true }),
  "not-found": () => ({ text: t("Not found"), sentence: t("This comparison does not exist, or it is not yours."), action: t("Try again"), over: true }),
  deleted: () => ({ text: t("Deleted"), sentence: t("This comparison has been deleted. What you see here is all that is left of it."), over: true }),
  closed: () => ({ text: "" }),
};

/** What is said when it takes long to come back. */
export const stillAway = () => t("The connection is lost. The models go on answering, and this page catches up by itself.");

/** @returns {Words} */
export const connectionWords = (/** @type {string} */ state) => WORDS[state]?.() ?? { text: "" };
