/**
 * Sentences of our own workers that name things. They are kept in English with the run; here they are known again by their
 * form and said in the reader's language, with the same names in them. What is not known is the provider's and stays.
 */

import { ERROR_CODES, errorWords } from "./advice.js";
import { sentence, t as translated } from "./i18n.js";

/** @typedef {(english: string) => string} Say */

/** The more particular forms first. @type {((t: Say) => string)[]} */
const TOLD = [
  // Time
  (t) => t("Stopped: not complete within {n} seconds."),
  (t) => t("The provider did not begin to answer within {n} seconds."),
  (t) => t("Nothing new came from the provider for {n} seconds."),
  (t) => t("The provider did not answer within {n} seconds."),
  (t) => t("The provider ended its answer with an error: {word}."),
  (t) => t("The provider asks to wait {n} seconds, too long for this call. It says: {said}"),
  (t) => t("The provider asks to wait {n} minutes, too long for this call. It says: {said}"),
  (t) => t("The provider asks to wait {n} hours, too long for this call. It says: {said}"),
  (t) => t("The provider asks to wait {n} days, too long for this call. It says: {said}"),
  // Limits of this installation
  (t) => t("Your limit of ${limit} a day is reached. It begins anew at midnight UTC; an administrator can raise it."),
  (t) => t("The limit of ${limit} for one comparison is reached. Start another one; an administrator can raise it."),
  (t) => t("The limit of ${limit} a day for the API key is reached. It begins anew at midnight UTC; an administrator can raise it."),
  (t) => t("The limit of ${limit} a day for the provider is reached. It begins anew at midnight UTC; an administrator can raise it."),
  (t) => t("Waited {n} seconds in Touchstone's own line for {provider}: {why}. Nothing was sent. Run it again when less is going on, or ask an administrator to raise the limits."),
  (t) => t("Waited {n} seconds in Touchstone's own line for {provider}. Nothing was sent. Run it again when less is going on, or ask an administrator to raise the limits."),
  (t) => t("its requests a minute are used up"),
  (t) => t("its tokens a minute are used up"),
  (t) => t("others were being answered all the time"),
  (t) => t("too many calls were in front"),
  (t) => t("it has asked for a pause"),
  // Groups
  (t) => t("No deployment of {group} has answered. {hops}"),
  (t) => t("There is no deployment in {group}. An administrator can add one."),
  (t) => t("There is no model group “{group}” here. An administrator can add it."),
  (t) => t("The model group {group} is switched off here. An administrator can switch it on."),
  // The way there
  (t) => t("No connection to {address} through the proxy {proxy} within {n} seconds."),
  (t) => t("No connection to {address} within {n} seconds."),
  (t) => t("Nothing listens on {address}. Is the server running?"),
  (t) => t("The host name {host} was not found. Check the base URL."),
  (t) => t("TLS with {address} failed. Check http or https in the base URL."),
  (t) => t("The certificate of {host} is not trusted: {reason}."),
  (t) => t("{address} closed the connection without an answer."),
  (t) => t("{host} is not a public address. Requests to private addresses are refused unless an administrator allows {address} for this provider."),
  (t) => t("{host} is link-local, a metadata service or a multicast group. No request is ever sent there, not even when private addresses are allowed."),
  (t) => t("The proxy {proxy} did not open a connection to {place} (status {status})."),
  (t) => t("The proxy {proxy} did not open a connection to {host}:{port} ({reason})."),
  (t) => t("The proxy {proxy} refused the login that is stored for it. An administrator can enter it."),
  (t) => t("The stored login for the proxy of {provider} cannot be opened. An administrator can enter it again."),
  (t) => t("OUTGOING_PROXY, or a variable that it refers to, cannot be used. {why}"),
  // Keys
  (t) => t("There is no API key for {provider}. An administrator can store one. Or set {name} in the environment of the worker."),
  (t) => t("There is no API key for {provider}. An administrator can store one."),
  (t) => t("The stored key of {provider} is bound to {bound} and is not sent to {host}. An administrator can enter a key for this host."),
  (t) => t("The stored key is bound to {bound} and is not sent to {host}. Enter the key again."),
  (t) => t("The stored key is not bound to {origin}; it was not sent. Enter the key again for this address."),
  (t) => t("The stored credential is not bound to {origin}; it was not sent. Enter it again."),
  (t) => t("The stored credential is of a kind that {provider} does not take. Enter it again."),
  (t) => t("The key of this deployment is switched off, has ended or was wiped. Enter it again."),
  (t) => t("The private key of the stored service account cannot be read. Enter its JSON again."),
  (t) => t("The file that {name}_FILE names cannot be read."),
  (t) => t("{name} holds no usable key ({fault})."),
  (t) => t("The AWS profile of the worker cannot be used: {reason}."),
  (t) => t("No access token from {origin} (status {status}): {said}"),
  (t) => t("No access token from {origin} (status {status})."),
  // Models and providers
  (t) => t("The model {model} is switched off here. An administrator can switch it on."),
  (t) => t("{provider} is switched off here. An administrator can switch it on."),
  (t) => t("There is no provider “{provider}” here. An administrator can add it."),
  (t) => t("{provider} has no model “{model}” here."),
  (t) => t("{provider} has no endpoint. An administrator can add one."),
  (t) => t("{provider} does not speak {protocol} here. It speaks: {known}."),
  (t) => t("{provider} needs its {setting} first. An administrator can enter it at the provider."),
  // What was asked
  (t) => t("This model does not take {what}. Nothing was sent."),
  (t) => t("Anthropic's Messages cannot take {kind} blocks."),
  (t) => t("Anthropic's Messages takes PDF and plain text, not {kind}."),
  (t) => t("Bedrock takes {kind} blocks as data or from S3, not from an address."),
  (t) => t("Bedrock takes no documents of the type {kind}."),
  (t) => t("Converse cannot take {kind} blocks."),
  (t) => t("{provider} takes no {type}. Convert the file to one of these: {known}."),
  (t) => t("This file ({type}) has {size} MiB; {provider} takes {most} MiB."),
  (t) => t("The type of the {kind} is not known. Give its media type."),
  (t) => t("This model completes a prompt and cannot take {kind} blocks."),
  (t) => t("Version 1 of Cohere's chat cannot take {kind} blocks."),
  (t) => t("Cohere's chat cannot take {kind} blocks."),
  (t) => t("The {kind} has neither data nor an address, so it cannot be sent."),
  (t) => t("The {kind} block has neither data nor an address."),
  (t) => t("Ollama cannot take {kind} blocks."),
  (t) => t("Chat Completions cannot take {kind} blocks in this form here."),
  (t) => t("Responses cannot take {kind} blocks in this form."),
  (t) => t("Yandex's own protocol takes text only, no {kind} block."),
  (t) => t("A session id has at most {n} characters; nothing was sent."),
  (t) => t("A file of this conversation is not here any more. Nothing was sent; attach it again."),
  (t) => t("The answer that this run continues called no tool, so there is nothing to give results for."),
  (t) => t("Function calling cannot serve the output schema beside other tools. Choose json_schema."),
  // What came
  (t) => t("The provider answered with {kind} instead of an answer. Check the base URL."),
  (t) => t("The server answered with a web page. Check the base URL."),
  (t) => t("The answer is larger than {n} KiB; reading stopped."),
  (t) => t("The provider sent a line longer than {n} KiB; reading stopped."),
  (t) => t("The provider sent a frame of more than {n} KiB; reading stopped."),
  (t) => t("The provider answered in an encoding we did not ask for: {encoding}."),
  (t) => t("The provider sent a damaged frame: {how}."),
  (t) => t("Touchstone failed while driving this run; the worker's log says why."),
];

const NUMBERS = new Set(["n", "limit", "status"]);

/** How an English sentence is known again, made when one is first looked for. @type {{form: RegExp, names: string[], say: (t: Say) => string}[]} */
let forms = [];

function known() {
  if (forms.length > 0) return forms;
  forms = TOLD.map((say) => {
    const names = /** @type {string[]} */ ([]);
    const pieces = say((english) => english).split(/\{(\w+)\}/);
    const form = pieces.map((piece, index) => {
      if (index % 2 === 0) return piece.replace(/[.*+?^$()[\]\\|{}]/g, "\\$&");
      names.push(piece);
      return NUMBERS.has(piece) ? "(\\d+(?:\\.\\d+)?)" : "(.+?)";
    });
    return { form: new RegExp(`^${form.join("")}$`, "s"), names, say };
  });
  return forms;
}

/** Of a group: each deployment that was tried, with its code and what it said. */
const HOP = new RegExp(`^(.+?): (${ERROR_CODES.join("|")})( \\(\\d+\\))? (.*)$`, "s");
const BETWEEN = new RegExp(`; (?=[^;]+?: (?:${ERROR_CODES.join("|")})(?: \\(\\d+\\))? )`);

function hopText(/** @type {string} */ hop) {
  const [, name, code, status = "", message] = HOP.exec(hop) ?? [];
  return name === undefined ? hop : `${name}: ${errorWords(code, Number(status.slice(2, -1))).name}${status} · ${messageText(message)}`;
}

/**
 * The message of a run's error: in the reader's language if it is one of ours, as it came if it is the provider's.
 * @type {(message: string) => string}
 */
export function messageText(message) {
  for (const { form, names, say } of known()) {
    const found = form.exec(message);
    if (!found) continue;
    const values = Object.fromEntries(names.map((name, index) => [name, worded(name, found[index + 1])]));
    return say((english) => translated(english, values));
  }
  return sentence(message);
}

/** A part of a sentence that may be a sentence of ours itself. @type {(name: string, value: string) => string} */
function worded(name, value) {
  if (name === "hops") return value.split(BETWEEN).map(hopText).join("; ");
  return name === "why" || name === "said" ? messageText(value) : value;
}
