/** Column letters A..Z, AA.. and the hue that goes with a column. The letter identifies, the hue only helps the eye. */

const HUES = 8;

/** 0 -> "A", 25 -> "Z", 26 -> "AA". */
export function letterOf(/** @type {number} */ index) {
  let letters = "";
  for (let rest = index + 1; rest > 0; rest = Math.floor((rest - 1) / 26)) {
    letters = String.fromCharCode(65 + ((rest - 1) % 26)) + letters;
  }
  return letters;
}

/** The class that sets the hue of the column at `index`; hues repeat. */
export function hueOf(/** @type {number} */ index) {
  return `hue-${(index % HUES) + 1}`;
}
