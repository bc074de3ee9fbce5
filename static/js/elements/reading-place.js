/** Keeps what a reader reads in its place while the width of its column changes, or the way it is shown. */

const AT_EDGE = 2; // px
const FRAMES = 12; // that a place is held after a change
const BY_HAND = ["wheel", "touchstart", "pointerdown", "keydown"];

/** @typedef {{block: Element, share: number, gap: number, part: number}} Place the block at the upper edge */

/**
 * The places of readers, by what they scroll in. Call it before the change; what it returns is called after it.
 * A column that is not shown meanwhile is put back where it was when it is shown again.
 */
export class ReadingPlaces {
  /** @type {WeakMap<HTMLElement, Place | "start" | "end">} */
  #places = new WeakMap();
  #letGo = () => {};

  /** @returns {() => void} */
  keep(/** @type {HTMLElement[]} */ scrollers) {
    this.#letGo();
    for (const scroller of scrollers) if (scroller.clientHeight > 0) this.#places.set(scroller, placeIn(scroller));
    return () => {
      const putBack = scrollers.filter((scroller) => scroller.clientHeight > 0).map((scroller) => this.#putBack(scroller));
      this.#letGo = hold(scrollers, () => putBack.forEach((each) => each()));
    };
  }

  #putBack(/** @type {HTMLElement} */ scroller) {
    const place = this.#places.get(scroller) ?? "start";
    const again = () => {
      if (place === "end") scroller.scrollTop = scroller.scrollHeight;
      else if (place !== "start") putBack(scroller, place);
    };
    again();
    return again;
  }
}

/**
 * Pages of an answer that come into view or leave it are given another height by the browser some frames after the
 * change, and its own anchoring does not make up for that after a script has scrolled. Until then the places are put
 * back before each picture, or until somebody scrolls. What is returned ends it.
 * @type {(scrollers: HTMLElement[], putBack: () => void) => () => void}
 */
function hold(scrollers, putBack) {
  const resized = new ResizeObserver(putBack);
  for (const scroller of scrollers) for (const page of scroller.querySelectorAll(".answer-page")) resized.observe(page);
  const letGo = () => {
    resized.disconnect();
    for (const type of BY_HAND) document.removeEventListener(type, letGo, true);
  };
  for (const type of BY_HAND) document.addEventListener(type, letGo, { capture: true, passive: true });
  const wait = (/** @type {number} */ left) => void (left > 0 ? requestAnimationFrame(() => wait(left - 1)) : letGo());
  wait(FRAMES);
  return letGo;
}

/** The block at the upper edge and how much of it is above; lines of a block are no blocks. */
function placeIn(/** @type {HTMLElement} */ scroller) {
  const { scrollTop, scrollHeight, clientHeight } = scroller;
  if (scrollTop <= AT_EDGE) return "start";
  if (scrollTop + clientHeight >= scrollHeight - AT_EDGE) return "end";
  const edge = scroller.getBoundingClientRect().top;
  const below = (/** @type {Element} */ each) => each.getBoundingClientRect().bottom > edge && !getComputedStyle(each).display.startsWith("inline");
  /** @type {Element} */
  let block = scroller;
  for (let inner = [...block.children].find(below); inner; inner = [...block.children].find(below)) block = inner;
  const { top, height } = block.getBoundingClientRect();
  const above = edge - top;
  return { block, share: height > 0 ? Math.max(0, above) / height : 0, gap: Math.max(0, -above), part: scrollTop / scrollHeight };
}

/** Where the block is not shown any more, as the source stands in for what is rendered: the same part of the whole. */
function putBack(/** @type {HTMLElement} */ scroller, /** @type {Place} */ { block, share, gap, part }) {
  const { top, height } = block.getBoundingClientRect();
  if (height > 0 && scroller.contains(block)) scroller.scrollTop += top + share * height - gap - scroller.getBoundingClientRect().top;
  else scroller.scrollTop = part * scroller.scrollHeight;
}
