/** A toolbar is one stop of the Tab key; arrows, Home and End move inside it. */

const STEPS = Object.freeze({ ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 });

const itemsOf = (/** @type {Element} */ bar) =>
  /** @type {HTMLElement[]} */ ([...bar.querySelectorAll("button:not([hidden]):not(:disabled), a[href]:not([hidden])")]);

/** Bars that somebody has been in: only there is it of use that Tab comes back to the same item. */
const visited = new WeakSet();

/** Makes the items of `bar` a roving set. Call `refreshRoving` after its items have changed. */
export function roving(/** @type {HTMLElement} */ bar) {
  bar.addEventListener("keydown", (event) => {
    const items = itemsOf(bar);
    const at = items.indexOf(/** @type {HTMLElement} */ (event.target));
    if (at < 0 || event.ctrlKey || event.altKey || event.metaKey) return;
    const to = placeAfter(event.key, at, items.length);
    if (to === null) return;
    event.preventDefault();
    event.stopPropagation();
    items[to].focus();
  });
  bar.addEventListener("focusin", (event) => {
    visited.add(bar);
    refreshRoving(bar, /** @type {HTMLElement} */ (event.target));
  });
  refreshRoving(bar);
}

function placeAfter(/** @type {string} */ key, /** @type {number} */ at, /** @type {number} */ size) {
  if (key === "Home") return 0;
  if (key === "End") return size - 1;
  const step = STEPS[/** @type {keyof typeof STEPS} */ (key)];
  return step === undefined ? null : (at + step + size) % size;
}

/** Exactly one item can be reached with Tab: `current`, else the one that could be before, else the first. */
export function refreshRoving(/** @type {HTMLElement} */ bar, /** @type {HTMLElement | null} */ current = null) {
  const items = itemsOf(bar);
  const before = visited.has(bar) ? items.find((item) => item.tabIndex === 0 && item.hasAttribute("tabindex")) : null;
  const stop = items.includes(/** @type {HTMLElement} */ (current)) ? current : (before ?? items[0]);
  for (const item of items) item.tabIndex = item === stop ? 0 : -1;
}
