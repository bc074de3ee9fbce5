/**
 * Brings the newest turn to the top of its column while the answers above it are still being drawn. Gives up at the
 * first sign that the reader scrolls.
 */

const WITHIN_MS = 2000;
const HANDS = ["wheel", "touchstart", "pointerdown", "keydown"];

/** @returns {() => void} gives up */
export function reveal(/** @type {HTMLElement} */ scroller, /** @type {HTMLElement} */ content, /** @type {HTMLElement} */ target) {
  const settle = () => {
    scroller.scrollTop += target.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
  };
  const observer = new ResizeObserver(settle);
  const stop = () => {
    clearTimeout(timer);
    observer.disconnect();
    for (const type of HANDS) scroller.removeEventListener(type, stop);
  };
  const timer = setTimeout(stop, WITHIN_MS);
  for (const type of HANDS) scroller.addEventListener(type, stop, { passive: true });
  observer.observe(content);
  settle();
  return stop;
}
