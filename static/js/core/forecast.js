/** What a turn would cost, in words: estimates with a sign for it, and what is unknown said as such. Pure. */

import { money } from "./format.js";
import { t, tn } from "./i18n.js";

/**
 * @typedef {{low: string | null, expected: string | null, high: string | null}} Marks
 * @typedef {Marks & {low_unknown: number, expected_unknown: number, high_unknown: number}} Total
 * @typedef {Marks & {model: string, samples: number, input_tokens: number, output_tokens: {low: number | null, expected: number | null, high: number | null}}} ColumnForecast
 * @typedef {{columns: ColumnForecast[], total: Total}} Forecast
 */

/** An amount as text; null is unknown. */
export function amount(/** @type {string | null} */ value) {
  return value === null ? t("unknown") : money({ amount: value, currency: "USD", source: "estimated" });
}

/** One line for all columns: "≈ $0.0012 ($0.0004 to $0.0030), 1 column unknown". */
export function summary(/** @type {Forecast} */ { columns, total }) {
  if (columns.length === 0) return "";
  if (total.low === null) return t("Forecast: unknown, nobody says what these models cost");
  const missing = total.low_unknown;
  const rest = missing > 0 ? ` · ${tn("{n} column of unknown price", "{n} columns of unknown price", missing)}` : "";
  return `${range(total)}${rest}`;
}

function range(/** @type {Total} */ total) {
  const { low, expected, high, low_unknown: base } = total;
  // A sum that leaves out columns which the smallest one has would look like a saving.
  const middle = expected !== null && total.expected_unknown === base ? amount(expected) : null;
  const top = high !== null && total.high_unknown === base ? amount(high) : null;
  const from = amount(low);
  if (middle && top === from) return t("Forecast: ≈ {amount}", { amount: middle });
  if (middle && top) return t("Forecast: ≈ {middle} ({low} to {high})", { middle, low: from, high: top });
  if (top) return t("Forecast: ≈ {low} to {high}", { low: from, high: top });
  return t("Forecast: at least {low}; how long the answers get is not known", { low: from });
}
