/**
 * Figures as text: durations, tokens, speed, money, sizes. An unknown value is "–", never 0.
 * `live` marks a value that still grows or that we estimated: it gets an ellipsis.
 */

export const UNKNOWN = "–";
const ELLIPSIS = "…";

const locale = () => globalThis.document?.documentElement?.lang || "en";
/** @type {Map<string, Intl.NumberFormat>} */
const formats = new Map();

/** @type {(value: number, options?: Intl.NumberFormatOptions) => string} */
function number(value, options = {}) {
  const key = `${locale()} ${JSON.stringify(options)}`;
  const format = formats.get(key) ?? new Intl.NumberFormat(locale(), options);
  formats.set(key, format);
  return format.format(value);
}

/**
 * @param {unknown} value
 * @returns {value is number}
 */
function known(value) {
  return typeof value === "number" && Number.isFinite(value);
}

/** 413 -> "0.41 s", 7200 -> "7.2 s", 83000 -> "1 min 23 s". Unit symbols are the same in all our languages. */
export function duration(/** @type {number | null | undefined} */ ms, { live = false, whole = false } = {}) {
  if (!known(ms)) return UNKNOWN;
  const seconds = Math.max(0, ms) / 1000;
  const digits = whole ? 0 : live || seconds >= 10 ? 1 : 2;
  let text;
  if (seconds < 59.95) {
    text = `${number(seconds, { minimumFractionDigits: digits, maximumFractionDigits: digits })} s`;
  } else {
    const whole = Math.round(seconds);
    text = `${Math.floor(whole / 60)} min ${whole % 60} s`;
  }
  return live ? text + ELLIPSIS : text;
}

/** Grouped integer: 12345 -> "12,345". */
export function count(/** @type {number | null | undefined} */ value, { live = false } = {}) {
  if (!known(value)) return UNKNOWN;
  return number(Math.round(value)) + (live ? ELLIPSIS : "");
}

/** A plain number without needless zeros: 0.5, 2. */
export function decimal(/** @type {number} */ value) {
  return number(value, { maximumFractionDigits: 2 });
}

/** 1536 -> "1.5 KB", as people and their file managers count. */
export function fileSize(/** @type {number} */ bytes) {
  const [unit, size] = bytes < 1000 ? ["B", bytes] : bytes < 999_500 ? ["KB", bytes / 1000] : ["MB", bytes / 1_000_000];
  return `${number(size, { maximumFractionDigits: size < 10 ? 1 : 0 })} ${unit}`;
}

/** 16777216 -> "16 MiB": a limit exactly, so that nothing above it seems to be allowed. */
export function mebibytes(/** @type {number} */ bytes) {
  return `${number(bytes / 2 ** 20, { maximumFractionDigits: 2 })} MiB`;
}

/** Tokens a second. */
export function speed(/** @type {number | null | undefined} */ value, { live = false } = {}) {
  if (!known(value)) return UNKNOWN;
  const digits = value < 10 ? 1 : 0;
  return `${number(value, { maximumFractionDigits: digits })} t/s${live ? ELLIPSIS : ""}`;
}

/** Things one after the other: "1 done, 2 failed". */
export const listed = (/** @type {string[]} */ parts) => new Intl.ListFormat(locale(), { type: "conjunction", style: "narrow" }).format(parts);

/** `{amount, currency, source}` -> "$0.0012". Two significant digits below a cent, so that small prices compare. */
export function money(/** @type {import("./types").Cost | null | undefined} */ cost) {
  const amount = cost == null || cost.amount === "" || cost.amount == null ? NaN : Number(cost.amount);
  if (cost == null || !known(amount)) return UNKNOWN;
  /** @type {Intl.NumberFormatOptions} */
  const style = { style: "currency", currency: cost.currency ?? "USD", currencyDisplay: "narrowSymbol" };
  const size = Math.abs(amount);
  if (size === 0) return number(0, { ...style, minimumFractionDigits: 0, maximumFractionDigits: 0 });
  if (size < 0.01) return number(amount, { ...style, minimumSignificantDigits: 2, maximumSignificantDigits: 2 });
  return number(amount, { ...style, minimumFractionDigits: 2, maximumFractionDigits: size < 1 ? 4 : 2 });
}

/** The same, with a sign before it if it is an estimate or a part of it is. */
export function about(/** @type {import("./types").Cost | null | undefined} */ cost) {
  return cost?.source === "estimated" ? `≈ ${money(cost)}` : money(cost);
}

/** Context windows: 128000 -> "128k", 1048576 -> "1M". */
export function contextSize(/** @type {number | null | undefined} */ tokens) {
  if (!known(tokens)) return UNKNOWN;
  const powerOfTwo = Number.isInteger(Math.log2(tokens));
  if (powerOfTwo && tokens >= 1024 && tokens < 1024 * 1024) return `${number(tokens / 1024)}k`;
  if (tokens >= 1e6) return `${number(tokens / 1e6, { maximumFractionDigits: 1 })}M`;
  if (tokens >= 1000) return `${number(Math.round(tokens / 1000))}k`;
  return number(tokens);
}

/** What stands for a comparison without a title: the first line of its prompt, shortened as in lists. */
export function heading(/** @type {string} */ prompt) {
  const first = [...(prompt.trim().split("\n", 1)[0] ?? "")];
  return first.length > 90 ? `${first.slice(0, 90).join("").trimEnd()}…` : first.join("");
}

/** JSON text laid out for reading; text that is not (yet) JSON stays as it is. */
export function prettyJson(/** @type {string} */ text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** `<provider slug>/<model id>`: the part before the first "/" or ":" names the provider, the rest is the model. */
export function splitModel(/** @type {string} */ publicId) {
  const cut = publicId.search(/[/:]/);
  return cut < 1 ? { provider: "", name: publicId } : { provider: publicId.slice(0, cut), name: publicId.slice(cut + 1) };
}
