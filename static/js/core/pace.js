/**
 * What the page itself knows of a running answer: how long ago it was queued, when its next attempt starts, and a
 * token count estimated from characters. All of it is provisional; usage and timings of the run replace it.
 */

const CHARS_PER_TOKEN = 4;
const WIDE_CHARS_PER_TOKEN = 1.5;
const FIRST_WIDE = 0x2e80;

/** Estimated tokens of a text: about 4 letters each, about 1.5 in Chinese, Japanese and Korean. */
export function estimateTokens(/** @type {string} */ text) {
  let wide = 0;
  for (let i = 0; i < text.length; i += 1) if (text.charCodeAt(i) >= FIRST_WIDE) wide += 1;
  return (text.length - wide) / CHARS_PER_TOKEN + wide / WIDE_CHARS_PER_TOKEN;
}

export class Pace {
  /** Local time at which the run was queued; every event can only show that it was earlier than we thought. */
  queuedAt = Infinity;
  /** @type {number | null} */
  retryUntil = null;
  /** Local time at which its turn in line is expected. @type {number | null} */
  turnAt = null;
  /** @type {number | null} */
  firstAt = null;
  /** @type {number | null} */
  lastAt = null;
  tokens = 0;
  reasoningTokens = 0;

  /** `measured`: whether we are told of times. Where a link leaves them out, nothing is known and nothing estimated. */
  constructor(measured = true) {
    this.measured = measured;
  }

  /**
   * From a run object of a snapshot: its age then, or where that is not told, its last known moment.
   * @param {Pick<import("./types").Run, "content" | "trace" | "phases"> & Partial<Pick<import("./types").Run, "waiting" | "age_ms">> & {timings?: Partial<import("./types").Timings>}} run
   * @param {number} now
   */
  static of(run, now) {
    const pace = new Pace();
    for (const block of run.content) pace.#count(block.kind, block.text ?? "");
    const seen = [...(run.phases ?? []).flatMap(([, from, to]) => [from, to]), ...(run.trace ?? []).map(([at]) => at)];
    const { ttft_ms: first = null, queued_ms: queued = null } = run.timings ?? {};
    pace.firstAt = seen[0] ?? first;
    pace.lastAt = seen.at(-1) ?? null;
    const known = [run.age_ms, pace.lastAt, first, queued, run.waiting?.at];
    pace.#reached(known.find((each) => each != null) ?? 0, now);
    pace.#inLine(run.waiting, now);
    return pace;
  }

  /** @type {(event: import("./types").RunEvent, now: number) => void} */
  note(event, now) {
    this.retryUntil = event.type === "run.retrying" ? now + event.delay_ms : null;
    if (!this.measured) return;
    if (event.type === "run.queued") this.#reached(0, now);
    else if (event.type === "run.started") this.#reached(event.at ?? 0, now);
    else if (event.type === "run.delta") this.#delta(event, now);
    else if (event.type === "run.waiting") this.#reached(event.at, now);
    this.#inLine(event.type === "run.waiting" ? event : null, now);
  }

  /** Milliseconds since the run was queued, by the clock of this page; NaN where times are not told. */
  elapsed(/** @type {number} */ now) {
    return !this.measured ? NaN : Math.max(0, now - this.queuedAt);
  }

  /** Milliseconds since the last text came, by the clock of this page; 0 before there was any. */
  quiet(/** @type {number} */ now) {
    return this.lastAt === null ? 0 : Math.max(0, this.elapsed(now) - this.lastAt);
  }

  /** What the state of a run says of time. */
  at(/** @type {number} */ now) {
    return { untilRetry: this.untilRetry(now), untilTurn: this.untilTurn(now), quiet: this.quiet(now) };
  }

  /** Milliseconds until the next attempt, or null. */
  untilRetry(/** @type {number} */ now) {
    return this.retryUntil === null ? null : Math.max(0, this.retryUntil - now);
  }

  /** Milliseconds until its turn in line, or null if nobody can know. */
  untilTurn(/** @type {number} */ now) {
    return this.turnAt === null ? null : Math.max(0, this.turnAt - now);
  }

  /** Estimated tokens a second since the first one, or null while there is too little to tell. */
  get speed() {
    const span = (this.lastAt ?? 0) - (this.firstAt ?? 0);
    return span < 200 ? null : (this.tokens / span) * 1000;
  }

  /** @type {(event: import("./types").RunEvent, now: number) => void} */
  #delta(event, now) {
    this.firstAt ??= event.at;
    this.lastAt = event.at;
    this.#count(event.kind, event.text);
    this.#reached(event.at, now);
  }

  /** @type {(waiting: Record<string, any> | null | undefined, now: number) => void} */
  #inLine(waiting, now) {
    this.turnAt = waiting?.delay_ms == null ? null : now + waiting.delay_ms;
  }

  /** @type {(kind: string, text: string) => void} */
  #count(kind, text) {
    const tokens = estimateTokens(text);
    this.tokens += tokens;
    if (kind === "reasoning") this.reasoningTokens += tokens;
  }

  /** @type {(at: number, now: number) => void} */
  #reached(at, now) {
    this.queuedAt = Math.min(this.queuedAt, now - at);
  }
}
