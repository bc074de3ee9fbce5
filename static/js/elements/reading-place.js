/** Keeps what a reader reads in its place while the width of its column changes, or the way it is shown. */

const AT_EDGE = 2; // px

/** @typedef {{block: Element, share: number, part: number}} Place */

/**
 * The places of readers, by what they scroll in. Call it before the change; what it returns is called after it.
 * A column that is not shown meanwhile is put back where it was when it is shown again.
 */
export class ReadingPlaces {
  /** @type {WeakMap<HTMLElement, Place | null>} */
  #places = new WeakMap();

  /** @returns {() => void} */
  keep(/** @type {HTMLElement[]} */ scrollers) {
    for (const scroller of scrollers) if (scroller.clientHeight > 0) this.#places.set(scroller, placeIn(scroller));
    return () => {
      for (const scroller of scrollers) {
        const place = this.#places.get(scroller);
        if (place && scroller.clientHeight > 0) putBack(scroller, place);
      }
    };
  }
}

/** The block at the upper edge and how much of it is above; null at both ends, where nothing has to be kept. */
function placeIn(/** @type {HTMLElement} */ scroller) {
  const { scrollTop, scrollHeight, clientHeight } = scroller;
  if (scrollTop <= AT_EDGE || scrollTop + clientHeight >= scrollHeight - AT_EDGE) return null;
  const edge = scroller.getBoundingClientRect().top;
  const below = (/** @type {Element} */ each) => each.getBoundingClientRect().bottom > edge;
  /** @type {Element} */
  let block = scroller;
  for (let inner = [...block.children].find(below); inner; inner = [...block.children].find(below)) block = inner;
  const { top, height } = block.getBoundingClientRect();
  return { block, share: height > 0 ? (edge - top) / height : 0, part: scrollTop / scrollHeight };
}

/** Where the block is not shown any more, as the source stands in for what is rendered: the same part of the whole. */
function putBack(/** @type {HTMLElement} */ scroller, /** @type {Place} */ { block, share, part }) {
  const { top, height } = block.getBoundingClientRect();
  if (height > 0 && scroller.contains(block)) scroller.scrollTop += top + share * height - scroller.getBoundingClientRect().top;
  else scroller.scrollTop = part * scroller.scrollHeight;
}
