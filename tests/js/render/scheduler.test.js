/** The shared frame on a clock of its own: who is written how often. */

import assert from "node:assert/strict";
import { test } from "node:test";

const FRAME = 1000 / 60;
let now = 0;
/** @type {((now: number) => void)[]} */
let callbacks = [];
performance.now = () => now;
globalThis.requestAnimationFrame = (callback) => callbacks.push(callback);
globalThis.setTimeout = /** @type {any} */ ((/** @type {() => void} */ run) => callbacks.push(run));
globalThis.clearTimeout = () => {};
const { frame } = await import("../../../static/js/render/scheduler.js");

/** An answer that takes `cost` ms to write. */
function answer({ visible = true, cost = 1.5 } = {}) {
  return {
    visible,
    urgent: false,
    waiting: 10,
    blockReady: false,
    since: 0,
    flushes: 0,
    flush() {
      now += cost;
      this.flushes += 1;
    },
  };
}

/** All of them get text before every frame. */
function stream(answers, seconds) {
  const frames = Math.round(seconds * 60);
  const start = now;
  for (let number = 1; number <= frames; number += 1) {
    for (const each of answers) frame.request(each);
    now = Math.max(now, start + number * FRAME);
    const due = callbacks;
    callbacks = [];
    for (const callback of due) callback(now);
  }
  for (const each of answers) frame.forget(each);
}

test("answers out of view do not slow down those in view", () => {
  const seen = Array.from({ length: 4 }, () => answer());
  const unseen = Array.from({ length: 12 }, () => answer({ visible: false }));
  stream([...seen, ...unseen], 4);
  for (const { flushes } of seen) assert.ok(flushes / 4 >= 25, `${flushes / 4} a second`);
  for (const { flushes } of unseen) assert.ok(flushes / 4 <= 3, `${flushes / 4} a second`);
});

test("answers that are dear to write leave room for the page", () => {
  const seen = Array.from({ length: 8 }, () => answer({ cost: 4 }));
  stream(seen, 4);
  const busy = seen.reduce((sum, { flushes }) => sum + flushes * 4, 0) / 4000;
  assert.ok(busy <= 0.5, `${busy} of the time`);
});
