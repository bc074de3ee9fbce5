/**
 * The websocket of one comparison: sends its cursor, acknowledges frames, reconnects by itself. Reports snapshots, events
 * and the state of the connection; knows nothing of what is drawn.
 */

/** The server stops after 256 kB without an acknowledgement; a UTF-16 unit is at most 3 bytes. */
const ACK_CHARS = 16_384;
const ACK_MS = 100; // an acknowledgement is sent at the latest after this time
const OPEN_MS = 10_000; // a socket that has not opened by then is given up
const SILENCE_MS = 20_000; // a silent socket is replaced while an answer is due; each time in vain doubles this,
const SILENCE_MAX_MS = 160_000; // up to this
const AWAY_MS = 10_000; // after so long without a frame a page that comes back to the foreground distrusts its socket
const STEADY_MS = 5_000; // a socket that was open for so long has ended a series of failures
/** A refusal comes right after the socket has opened; before this has passed we do not call it live. */
const SETTLE_MS = 250;

/**
 * By close code. `end`: stay away and report this; `wait`: ms at least before coming back; `forget`: without a cursor.
 * @type {Record<number, {end?: string, wait?: number, state?: string, forget?: boolean}>}
 */
const CLOSE_CODES = {
  1009: { wait: 5_000 },
  1012: { wait: 200 },
  4400: { forget: true, wait: 5_000 },
  4401: { end: "signed-out" },
  4403: { end: "revoked" },
  4404: { end: "not-found" },
  4408: { wait: 0 },
  4410: { end: "deleted" },
  4429: { state: "busy", wait: 30_000 },
};

/** Delay before attempt number `failures`: doubling from half a second to 15 s, half of it by chance. */
export function backOff(/** @type {number} */ failures, random = Math.random) {
  const longest = Math.min(15_000, 500 * 2 ** Math.min(failures, 6));
  return longest * (0.5 + random() / 2);
}

/** The address of a path on the host of this page; a full address keeps only its path, so that a proxy may rename us. */
export function socketUrl(/** @type {string} */ address, /** @type {Location | URL} */ location) {
  const { pathname, search } = new URL(address, location.href);
  return `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}${pathname}${search}`;
}

/**
 * @typedef {object} Listener
 * @property {(frame: {seq: string, state: import("../core/types").State}) => void} snapshot
 * @property {(frame: {seq: string, events: import("../core/types").RunEvent[]}) => void} events
 * @property {(state: string, detail: {code: number|null, retryMs: number|null}) => void} connection one of
 *   connecting, live, reconnecting, busy, signed-out, revoked, not-found, deleted, closed
 * @property {() => boolean} [expecting] whether an answer is on its way, so that silence is suspicious
 */

/**
 * What a test replaces of the browser.
 * @typedef {object} Env
 * @property {new (url: string) => WebSocket} WebSocket
 * @property {(run: () => void, ms: number) => any} setTimeout
 * @property {(id: any) => void} clearTimeout
 * @property {() => number} now
 * @property {() => number} random
 */

export class ComparisonSocket {
  #url;
  #listener;
  #env;
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {string | null} */
  #cursor = null;
  #failures = 0;
  /** @type {number | null} */
  #openedAt = null;
  #heardAt = 0;
  #unacked = 0;
  #ackedAt = 0;
  #silence = SILENCE_MS;
  /** @type {Record<string, any>} */
  #timers = { retry: null, ack: null, watch: null, settle: null };
  #state = "closed";
  #ended = true;

  constructor(/** @type {string} */ url, /** @type {Listener} */ listener, /** @type {Partial<Env>} */ env = {}) {
    this.#url = url;
    this.#listener = listener;
    /** @type {Env} */
    this.#env = {
      WebSocket: globalThis.WebSocket,
      setTimeout: (/** @type {() => void} */ run, /** @type {number} */ ms) => globalThis.setTimeout(run, ms),
      clearTimeout: (/** @type {any} */ id) => globalThis.clearTimeout(id),
      now: () => performance.now(),
      random: Math.random,
      ...env,
    };
  }

  get cursor() {
    return this.#cursor;
  }

  /** Connects; `after` is the seq of the state that is already shown, or null for a snapshot. */
  start(/** @type {string | null} */ after = null) {
    this.#cursor = after;
    this.#ended = false;
    this.#failures = 0;
    this.#connect("connecting");
  }

  stop() {
    this.#finish("closed", null);
  }

  /** The page was away: an open socket may be dead, and old failures mean nothing. A "busy" server is still given time. */
  wake() {
    if (this.#ended || this.#state === "busy") return;
    const quiet = this.#env.now() - this.#heardAt > AWAY_MS;
    if (this.#socket && !(quiet && this.#listener.expecting?.())) return;
    this.#failures = 0;
    this.#again({ wait: 0 }, null);
  }

  /** The browser says that the network is gone: reconnect now to find out, not when an answer is overdue. */
  doubt() {
    if (!this.#ended && this.#socket) this.#again({ wait: 0 }, null);
  }

  #connect(/** @type {string} */ state) {
    this.#drop();
    this.#tell(state, null, null);
    const socket = new this.#env.WebSocket(this.#url);
    this.#socket = socket;
    this.#openedAt = null;
    const mine = (/** @type {(event: any) => void} */ run) => (/** @type {Event} */ event) => {
      if (this.#socket === socket) run(event);
    };
    socket.onopen = mine(() => this.#opened());
    socket.onmessage = mine((event) => this.#received(event.data));
    socket.onclose = mine((event) => this.#closed(event.code));
    this.#timer("watch", OPEN_MS, () => this.#again({}, null));
  }

  #opened() {
    this.#openedAt = this.#heardAt = this.#env.now();
    this.#unacked = 0;
    this.#ackedAt = this.#openedAt;
    this.#send({ type: "hello", after: this.#cursor });
    this.#timer("settle", SETTLE_MS, () => this.#tell("live", null, null));
    this.#watch();
  }

  #received(/** @type {string} */ data) {
    const frame = JSON.parse(data);
    this.#heardAt = this.#env.now();
    this.#silence = SILENCE_MS;
    this.#failures = 0;
    this.#timer("settle", null);
    if (this.#state !== "live") this.#tell("live", null, null);
    if (frame.type !== "snapshot" && frame.type !== "events") return;
    try {
      if (frame.type === "snapshot") this.#listener.snapshot(frame);
      else this.#listener.events(frame);
    } catch (error) {
      // A frame that was only half applied leaves a state that cannot be trusted: start again from a snapshot.
      this.#again({ forget: true, wait: 1_000 }, null);
      throw error;
    }
    this.#cursor = frame.seq;
    this.#account(data.length);
    this.#watch();
  }

  /** Acknowledges at once after ACK_CHARS or ACK_MS, otherwise by a timer; timers alone are throttled in hidden tabs. */
  #account(/** @type {number} */ chars) {
    this.#unacked += chars;
    if (this.#unacked >= ACK_CHARS || this.#heardAt - this.#ackedAt >= ACK_MS) this.#acknowledge();
    else if (this.#timers.ack === null) this.#timer("ack", ACK_MS, () => this.#acknowledge());
  }

  #acknowledge() {
    this.#timer("ack", null);
    if (this.#unacked === 0) return;
    this.#unacked = 0;
    this.#ackedAt = this.#env.now();
    this.#send({ type: "ack", seq: this.#cursor });
  }

  /** A socket can look open while it is dead. If an answer is due and nothing comes, ask again from the cursor. */
  #watch() {
    this.#timer("watch", this.#silence, () => {
      if (!this.#listener.expecting?.()) return this.#watch();
      this.#silence = Math.min(this.#silence * 2, SILENCE_MAX_MS);
      return this.#again({ wait: 0 }, null);
    });
  }

  #closed(/** @type {number} */ code) {
    const steady = this.#openedAt !== null && this.#env.now() - this.#openedAt > STEADY_MS;
    if (steady) this.#failures = 0;
    const meaning = CLOSE_CODES[code] ?? {};
    if (meaning.end) this.#finish(meaning.end, code);
    else this.#again(meaning, code);
  }

  /** @type {(meaning: {wait?: number, state?: string, forget?: boolean}, code: number | null) => void} */
  #again({ wait, state = "reconnecting", forget = false }, code) {
    this.#drop();
    if (forget) this.#cursor = null;
    const soon = this.#failures === 0 && wait !== undefined;
    const delay = soon ? wait * (1 + this.#env.random()) : Math.max(wait ?? 0, backOff(this.#failures, this.#env.random));
    this.#failures += 1;
    this.#tell(state, code, delay);
    this.#timer("retry", delay, () => this.#connect(state));
  }

  /** @type {(state: string, code: number | null) => void} */
  #finish(state, code) {
    this.#ended = true;
    this.#drop();
    this.#tell(state, code, null);
  }

  #drop() {
    for (const name of Object.keys(this.#timers)) this.#timer(name, null);
    const socket = this.#socket;
    this.#socket = null;
    if (socket && socket.readyState < 2) socket.close(1000);
  }

  #send(/** @type {object} */ message) {
    if (this.#socket?.readyState === 1) this.#socket.send(JSON.stringify(message));
  }

  /** @type {(state: string, code: number | null, retryMs: number | null) => void} */
  #tell(state, code, retryMs) {
    this.#state = state;
    this.#listener.connection(state, { code, retryMs });
  }

  /** @type {(name: string, ms: number | null, run?: () => void) => void} */
  #timer(name, ms, run) {
    if (this.#timers[name] !== null) this.#env.clearTimeout(this.#timers[name]);
    this.#timers[name] = null;
    if (ms === null) return;
    this.#timers[name] = this.#env.setTimeout(() => {
      this.#timers[name] = null;
      run?.();
    }, ms);
  }
}
