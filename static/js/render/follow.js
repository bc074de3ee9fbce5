/** Keeps the end of a growing answer in view, for as long as the reader is at the bottom. */

import { frame } from "./scheduler.js";

/** @typedef {import("./scheduler.js").Task} Task */

const AT_BOTTOM = 24; // px

/**
 * @param {HTMLElement} scroller
 * @param {Task} answer
 * @returns {{readonly following: boolean, toBottom: () => void, stop: () => void}}
 */
export function follow(scroller, answer) {
  let following = true;
  let position = scroller.scrollTop;

  const onScroll = () => {
    const left = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
    // Growth alone never lets go: only a reader who moves up does.
    if (left <= AT_BOTTOM) following = true;
    else if (scroller.scrollTop < position) following = false;
    position = scroller.scrollTop;
  };
  const toBottom = () => {
    following = true;
    scroller.scrollTop = scroller.scrollHeight;
    position = scroller.scrollTop;
  };
  const stopPainting = frame.onPainted((painted) => {
    if (following && painted.includes(answer)) toBottom();
  });
  scroller.addEventListener("scroll", onScroll, { passive: true });
  return {
    get following() {
      return following;
    },
    toBottom,
    stop() {
      stopPainting();
      scroller.removeEventListener("scroll", onScroll);
    },
  };
}
