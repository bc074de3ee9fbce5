/**
 * Scrolling all columns together. The column under the pointer or with the focus leads; the others go to the same
 * heading where they have as many, otherwise to the same part of the way.
 */

const HEADINGS = ".run h1, .run h2, .run h3, .run h4, .run h5, .run h6, .turn";

export class SyncScroll {
  on = false;
  #bodies;
  /** @type {HTMLElement | null} */
  #leader = null;
  #requested = false;

  /** `bodies`: the scroll areas of all columns, asked for each time. */
  constructor(/** @type {HTMLElement} */ root, /** @type {() => HTMLElement[]} */ bodies) {
    this.#bodies = bodies;
    for (const type of ["pointerover", "focusin", "touchstart", "wheel"]) root.addEventListener(type, this.#lead, { passive: true });
    root.addEventListener("scroll", this.#scrolled, { capture: true, passive: true });
  }

  #lead = (/** @type {Event} */ event) => {
    const body = /** @type {Element} */ (event.target).closest(".column-body");
    if (body) this.#leader = /** @type {HTMLElement} */ (body);
  };

  #scrolled = (/** @type {Event} */ event) => {
    if (!this.on || event.target !== this.#leader || this.#requested) return;
    this.#requested = true;
    requestAnimationFrame(() => {
      this.#requested = false;
      this.#spread();
    });
  };

  #spread() {
    const leader = this.#leader;
    if (!leader?.isConnected) return;
    const marks = marksOf(leader);
    const at = placeAmong(marks, leader.scrollTop);
    const way = leader.scrollTop / Math.max(1, leader.scrollHeight - leader.clientHeight);
    for (const body of this.#bodies()) {
      if (body === leader) continue;
      const theirs = marksOf(body);
      const top = theirs.length === marks.length && marks.length > 2 ? topOf(theirs, at) : way * (body.scrollHeight - body.clientHeight);
      body.scrollTop = Math.round(top);
    }
  }
}

/** Tops of the headings, with the beginning and the end of the way. */
function marksOf(/** @type {HTMLElement} */ body) {
  const origin = body.getBoundingClientRect().top - body.scrollTop;
  const end = Math.max(0, body.scrollHeight - body.clientHeight);
  const tops = [...body.querySelectorAll(HEADINGS)].map((heading) => Math.min(end, heading.getBoundingClientRect().top - origin));
  return [0, ...tops, end];
}

/** Index of the mark above `top`, plus the part of the way to the next one. */
function placeAmong(/** @type {number[]} */ marks, /** @type {number} */ top) {
  let index = marks.findLastIndex((mark) => mark <= top);
  if (index < 0) index = 0;
  const from = marks[index];
  const to = marks[index + 1] ?? from;
  return index + (to > from ? (top - from) / (to - from) : 0);
}

function topOf(/** @type {number[]} */ marks, /** @type {number} */ place) {
  const index = Math.floor(place);
  const from = marks[index] ?? 0;
  return from + ((marks[index + 1] ?? from) - from) * (place - index);
}
