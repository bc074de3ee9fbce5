/** One comparison, kept up to date: the store and its socket. Tells its owner what changed and how the connection is. */

import { Store } from "../core/store.js";
import { ComparisonSocket, socketUrl } from "../io/socket.js";

/**
 * @typedef {object} Owner
 * @property {(changes: import("../core/store.js").Changes) => void} changed
 * @property {(state: string) => void} connection
 */

export class LiveComparison {
  store = new Store();
  #owner;
  #socket;

  /** `state`: what the page or the API has already given, or null to wait for a snapshot. */
  constructor(/** @type {string} */ address, /** @type {import("../core/types").State | null} */ state, /** @type {Owner} */ owner) {
    this.#owner = owner;
    this.#socket = new ComparisonSocket(socketUrl(address, location), {
      snapshot: (frame) => this.#owner.changed(this.store.load({ ...frame.state, seq: frame.seq })),
      events: (frame) => this.#owner.changed(this.store.apply(frame.events, frame.seq)),
      connection: (what) => this.#owner.connection(what),
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

  #doubt = () => this.#socket.doubt();

  #wake = () => {
    if (!document.hidden) this.#socket.wake();
  };
}
