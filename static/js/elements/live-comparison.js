/** One comparison, kept up to date: the store and its socket. Tells its owner what changed and how the connection is. */

import { Store } from "../core/store.js";
import { ComparisonSocket, socketUrl } from "../io/socket.js";

/**
 * @typedef {object} Owner
 * @property {(changes: import("../core/store.js").Changes) => void} changed
 * @property {(state: string) => void} connection
 */

/** What a second try is told when the share has ended for good. */
const REFUSED = new Set(["signed-out", "not-found"]);

export class LiveComparison {
  store = new Store();
  #owner;
  #socket;
  /** The server has said "revoked", and one more try is under way. */
  #cut = false;

  /** `state`: what the page or the API has already given, or null to wait for a snapshot. */
  constructor(/** @type {string} */ address, /** @type {import("../core/types").State | null} */ state, /** @type {Owner} */ owner) {
    this.#owner = owner;
    this.#socket = new ComparisonSocket(socketUrl(address, location), {
      snapshot: (frame) => {
        if (this.#cut && frame.state.shared) location.reload();
        this.#cut = false;
        this.#owner.changed(this.store.load({ ...frame.state, seq: frame.seq }));
      },
      events: (frame) => this.#owner.changed(this.store.apply(frame.events, frame.seq)),
      connection: (what) => this.#connection(what),
      expecting: () => this.store.progress.running > 0,
    });
    if (state) this.store.load(state);
  }

  start() {
    document.addEventListener("visibilitychange", this.#wake);
    window.addEventListener("online", this.#wake);
    window.addEventListener("offline", this.#doubt);
    window.addEventListener("pageshow", this.#wake);
    this.#socket.start(this.store.comparison.seq ?? null);
  }

  stop() {
    document.removeEventListener("visibilitychange", this.#wake);
    window.removeEventListener("online", this.#wake);
    window.removeEventListener("offline", this.#doubt);
    window.removeEventListener("pageshow", this.#wake);
    this.#socket.stop();
  }

  /**
   * "Revoked" may mean that the share only shows other parts now: try once more, and reload the page if that works.
   * If it does not, the share has ended, whatever the second refusal says.
   */
  #connection(/** @type {string} */ state) {
    if (state === "revoked" && !this.#cut) {
      this.#cut = true;
      this.#socket.start(null);
    } else {
      this.#owner.connection(this.#cut && REFUSED.has(state) ? "revoked" : state);
    }
  }

  #doubt = () => this.#socket.doubt();

  #wake = () => {
    if (!document.hidden) this.#socket.wake();
  };
}
