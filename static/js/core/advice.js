/** Errors and endings in words: what happened, what to do. The codes are those of `providers/contract/errors.py`. */

import { t } from "./i18n.js";

/** @typedef {import("./types").Run} Run */
/** @typedef {{name: string, title: string, advice: string}} Words */
/** @typedef {{tone: "bad" | "warn" | "info", title: string, text: string}} Banner */

/**
 * By code: a name for the status line, what happened, what to do.
 * @type {Record<string, () => Words>}
 */
const ERRORS = {
  authentication: () => ({
    name: t("key refused"),
    title: t("The provider did not accept the API key."),
    advice: t("An administrator can test or replace the key of this provider under API keys in the admin."),
  }),
  permission: () => ({
    name: t("not allowed"),
    title: t("The key may not use this model."),
    advice: t("Ask for access at the provider, or choose another model or key."),
  }),
  payment: () => ({
    name: t("no credit"),
    title: t("The account at the provider has no credit left."),
    advice: t("Top it up at the provider, then re-run."),
  }),
  not_found: () => ({
    name: t("not found"),
    title: t("The provider does not know this model or address."),
    advice: t("Check the model id and the base URL of the provider."),
  }),
  bad_request: () => ({
    name: t("bad request"),
    title: t("The provider refused the request."),
    advice: t("Its own words below usually name the parameter. Change it and re-run."),
  }),
  unsupported: () => ({
    name: t("not supported"),
    title: t("This model cannot do what was asked."),
    advice: t("Remove the parameter, tool or attachment that it does not support, or choose another model."),
  }),
  context_too_long: () => ({
    name: t("too long"),
    title: t("The conversation is longer than this model can read."),
    advice: t("Shorten the prompt, start anew, or choose a model with a larger context window."),
  }),
  content_filtered: () => ({
    name: t("filtered"),
    title: t("The provider's content filter refused the request."),
    advice: t("Rephrase the prompt, or choose another model."),
  }),
  rate_limited: () => ({
    name: t("rate limited"),
    title: t("The provider asked us to wait."),
    advice: t("Re-run in a moment. If it happens often, raise the limit at the provider or use fewer columns."),
  }),
  overloaded: () => ({
    name: t("overloaded"),
    title: t("The provider is overloaded."),
    advice: t("Re-run in a moment, or choose another model."),
  }),
  server: () => ({
    name: t("server error"),
    title: t("Something broke on the other side."),
    advice: t("Re-run. If it stays, look at the provider's status page."),
  }),
  connection: () => ({
    name: t("no connection"),
    title: t("The provider could not be reached."),
    advice: t("Check that the server runs, its base URL, and the network, then re-run."),
  }),
  timed_out: () => ({
    name: t("timed out"),
    title: t("The answer took too long."),
    advice: t("Re-run, or raise the timeout in the parameters."),
  }),
  malformed_stream: () => ({
    name: t("unreadable answer"),
    title: t("The provider sent something that is not its protocol."),
    advice: t("Check the protocol and the base URL of the endpoint; a proxy in between may have changed the answer."),
  }),
  incomplete: () => ({
    name: t("broke off"),
    title: t("The connection ended before the answer did."),
    advice: t("What came is kept. Re-run for a whole answer."),
  }),
  over_limit: () => ({
    name: t("too much"),
    title: t("The answer was larger than this installation allows."),
    advice: t("Set max tokens, or ask for less at once."),
  }),
  spend_limit: () => ({
    name: t("spend limit"),
    title: t("A spend limit is reached."),
    advice: t("An administrator can raise it."),
  }),
};

/** It answered, only not there. @returns {Words} */
const redirected = () => ({
  name: t("redirected"),
  title: t("The provider answers at another address."),
  advice: t("An administrator can enter the final address as the base URL of this provider. Then re-run."),
});

/** @type {(code: string | null | undefined, status?: number | null) => Words} words for a code; one that we do not know yet is shown as it is */
export function errorWords(code, status) {
  if (code === "connection" && status && status >= 300 && status < 400) return redirected();
  if (code && Object.hasOwn(ERRORS, code)) return ERRORS[code]();
  return { name: code || t("unknown error"), title: t("The answer failed."), advice: t("Re-run, or look at the details.") };
}

export const ERROR_CODES = Object.keys(ERRORS);

/**
 * What must stand under an answer that is not a whole one; null if it is, or is still coming.
 * @type {(run: Run) => Banner | null}
 */
export function banner(run) {
  const kept = run.content.some((block) => block.text);
  if (run.status === "failed" || run.finish_reason === "error") return failure(run, kept);
  if (run.status === "interrupted") {
    const text = t("The process that fetched this answer stopped. Re-run for a whole answer.");
    return { tone: "bad", title: kept ? t("Interrupted: this answer is not complete.") : t("Interrupted before anything came."), text };
  }
  if (run.status === "cancelled") {
    return { tone: "info", title: kept ? t("Stopped: this answer is not complete.") : t("Stopped before anything came."), text: "" };
  }
  return run.status === "finished" ? REASONS[run.finish_reason ?? ""]?.(run) ?? emptyAnswer(run) : null;
}

/**
 * Whether an answer that had to be JSON keeps to its schema; null if none was asked for or none is there yet.
 * @type {(run: Run) => Banner & {said: string} | null}
 */
export function verdict(run) {
  const output = run.metadata?.output;
  if (!output || run.status !== "finished") return null;
  const { method, errors } = output;
  if (errors.length === 0) return { tone: "info", title: t("JSON as asked for ({method}).", { method }), text: "", said: "" };
  const said = errors.map((/** @type {{path: string, message: string}} */ { path, message }) => [path, message].filter(Boolean).join(": "));
  return { tone: "warn", title: t("Not the JSON that was asked for ({method}).", { method }), text: "", said: said.join("\n") };
}

/** No status: nothing was sent, so that no provider has refused anything. */
export function withoutKey(/** @type {Pick<Run, "error">} */ run) {
  return run.error?.code === "authentication" && !run.error.status;
}

/** @type {(run: Run, kept: boolean) => Banner} */
function failure(run, kept) {
  const { title, advice } = errorWords(run.error?.code, run.error?.status);
  if (withoutKey(run)) return { tone: "bad", title: t("There is no API key that could be used."), text: "" };
  return { tone: "bad", title: kept ? t("Not complete: {reason}", { reason: title }) : title, text: advice };
}

/** @type {Record<string, (run: Run) => Banner>} */
const REASONS = {
  length: () => ({
    tone: "warn",
    title: t("Cut off: the answer reached the token limit."),
    text: t("Raise max tokens and re-run for a whole answer."),
  }),
  content_filter: () => ({
    tone: "warn",
    title: t("Cut off by the provider's content filter."),
    text: t("This answer is not complete."),
  }),
  refusal: () => ({ tone: "info", title: t("The model refused to answer."), text: "" }),
  tool_calls: () => ({ tone: "info", title: t("The model asks for a tool. Nothing was run."), text: "" }),
};

/** @type {(run: Run) => Banner | null} */
function emptyAnswer(run) {
  if (run.content.some((block) => block.text || !["text", "reasoning"].includes(block.kind))) return null;
  return { tone: "warn", title: t("The provider ended the answer without any text."), text: "" };
}
