/** However a text is cut, the end is the same as one render of the whole. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { cut, seeded } from "./chance.js";
import { picture, renderPieces, renderWhole } from "./dom.js";
import { TRICKY, generated } from "./documents.js";

const LONGEST = [1, 4, 40];
const FUZZ = Number(process.env.FUZZ ?? 0); // `make fuzz`: so many times what was enough to find what was found
const SMALL_ROUNDS = FUZZ ? 15 * FUZZ : 5;
const LARGE_ROUNDS = FUZZ ? 3 * FUZZ : 1;

const documents = [
  ...TRICKY.map((text) => ({ text, rounds: SMALL_ROUNDS })),
  ...Array.from({ length: 8 }, (_, seed) => ({ text: generated(3000, seed + 1), rounds: LARGE_ROUNDS })),
];

test("random pieces of every document give the DOM of one render", async () => {
  const random = seeded(FUZZ ? Date.now() : 20261121);
  let cases = 0;
  const repaired = [];
  for (const [turn, { text, rounds }] of documents.entries()) {
    const expected = picture(await renderWhole(text.replace(/\r\n?/g, "\n")));
    for (let round = 0; round < rounds; round += 1) {
      const pieces = cut(text.replace(/\r\n?/g, "\n"), LONGEST[(turn + round) % LONGEST.length], random);
      const { root, view } = await renderPieces(pieces);
      assert.equal(picture(root), expected, `pieces ${JSON.stringify(pieces).slice(0, 300)}`);
      if (view.repairs) repaired.push(text);
      cases += 1;
    }
  }
  assert.ok(documents.length >= 35 && cases >= 140, `${cases} cases of ${documents.length} documents`);
  // A title that ends lines later is the one thing that only the check at the end can see.
  assert.deepEqual([...new Set(repaired)].filter((text) => !text.startsWith("[t]:")), []);
});
