/** Chance that is the same on every machine. Imports nothing, so that a browser can load it too. */

/** A small generator of numbers, the same on every machine. */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Cuts text at random, in pieces of 1 to `longest`; may cut between the halves of a character. */
export function cut(text, longest, random) {
  const pieces = [];
  for (let at = 0; at < text.length;) {
    const length = 1 + Math.floor(random() * longest);
    pieces.push(text.slice(at, at + length));
    at += length;
  }
  return pieces;
}
