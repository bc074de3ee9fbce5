/** The columns of a draft: none is lost, no list is changed in place. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { addModels, duplicateColumn, lettersOf, MAX_COLUMNS, moveColumn, removeColumn } from "../../../static/js/core/draft-columns.js";

const column = (model, overrides = {}) => ({ model, overrides });

test("columns are added up to the limit, copied next to the original, and removed", () => {
  const many = addModels([column("a/b")], new Array(40).fill("a/c"));

  assert.equal(many.length, MAX_COLUMNS);
  assert.equal(duplicateColumn(many, 0).length, MAX_COLUMNS);
  const copied = duplicateColumn([column("a/b", { seed: 1 }), column("a/c")], 0);
  assert.deepEqual(copied.map(({ model }) => model), ["a/b", "a/b", "a/c"]);
  copied[1].overrides.seed = 2;
  assert.equal(copied[0].overrides.seed, 1);
  assert.deepEqual(lettersOf(copied, "a/b"), ["A", "B"]);
  assert.deepEqual(removeColumn(copied, 1).map(({ model }) => model), ["a/b", "a/c"]);
});

test("a column moves to either side, and stays where there is no place", () => {
  const columns = ["a/1", "a/2", "a/3"].map((model) => column(model));
  const moved = (index, step) => moveColumn(columns, index, step).map(({ model }) => model.at(-1)).join("");

  assert.equal(moved(0, 1), "213");
  assert.equal(moved(2, -1), "132");
  assert.equal(moved(0, 2), "231");
  assert.equal(moved(0, -1), "123");
  assert.equal(moved(2, 1), "123");
  assert.equal(moved(3, -1), "123");
  assert.equal(columns.length, 3);
});
