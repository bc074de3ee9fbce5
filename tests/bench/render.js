/**
 * Columns that stream, on a clock of their own: every animation frame counts as 1/60 s however long it took, so that
 * the work is the same on a busy machine. `tests/bench/render.py` puts the clock in place before the page loads.
 */

import { follow } from "/static/js/render/frame.js";
import { Answer } from "/static/js/render/answer.js";
import { MarkdownView } from "/static/js/render/markdown.js";
import { generated } from "/tests/js/render/documents.js";

const TOKEN = /\s*[A-Za-z]{1,5}|\d{1,3}|[\u4e00-\u9fff]{1,2}|\s+|[^\sA-Za-z\d\u4e00-\u9fff]{1,2}/gu;
const CHARACTERS_A_TOKEN = 4.6;

function style(element, rules) {
  for (const [name, value] of Object.entries(rules)) element.style.setProperty(name, value);
  return element;
}

/** What a naive page does: the whole text anew, every 100 ms. */
class Whole {
  #text = "";
  #due = 0;

  constructor(root) {
    this.root = root;
  }

  push(text) {
    this.#text += text;
  }

  tick(now) {
    if (now < this.#due) return;
    this.#due = now + 100;
    const view = new MarkdownView(this.root);
    this.root.replaceChildren();
    view.push(this.#text);
    view.finish();
  }
}

function columns({ count, tokens, mode }) {
  const grid = style(document.getElementById("stage"), {
    display: "grid", height: "100vh", "grid-template-columns": `repeat(${count}, minmax(180px, 1fr))`, gap: "8px", overflow: "auto",
  });
  grid.replaceChildren();
  return Array.from({ length: count }, (_, index) => {
    const scroller = style(document.createElement("div"), { overflow: "auto", "min-height": "0", contain: "content" });
    const root = scroller.appendChild(document.createElement("section"));
    root.className = "answer";
    grid.append(scroller);
    const answer = mode === "whole" ? new Whole(root) : new Answer(root);
    if (mode !== "whole") follow(scroller, answer);
    const text = generated(tokens * CHARACTERS_A_TOKEN, 7 + index);
    return { answer, scroller, tokens: text.match(TOKEN).slice(0, tokens), sent: 0 };
  });
}

function percentile(values, share) {
  return Number([...values].sort((a, b) => a - b)[Math.floor(values.length * share)].toFixed(2));
}

let prepared = null;

/** The columns, with the text of the first `start` seconds in place. */
async function prepare({ count, rate, seconds, start = 0, mode = "answers" }) {
  const all = columns({ count, tokens: Math.round((start + seconds) * rate), mode });
  for (const column of all) {
    column.sent = start * rate;
    if (start) column.answer.push(column.tokens.slice(0, column.sent).join(""));
    if (start) await column.answer.finish?.();
  }
  prepared = { all, rate, seconds, start, mode };
}

/** Streams to the end; resolves with what the frames took. */
function stream() {
  const { all, rate, seconds, start, mode } = prepared;
  const from = window.virtualNow;
  const frames = [];
  let longTasks = 0;
  let longTaskMs = 0;
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      longTasks += 1;
      longTaskMs += entry.duration;
    }
  });
  observer.observe({ type: "longtask" });
  return new Promise((resolve) => {
    const step = (now) => {
      const due = Math.floor((start + (now - from) / 1000) * rate);
      const began = performance.now();
      for (const column of all) {
        const piece = column.tokens.slice(column.sent, due).join("");
        column.sent = Math.max(column.sent, Math.min(due, column.tokens.length));
        if (piece) column.answer.push(piece);
        if (mode === "whole") {
          column.answer.tick(now);
          column.scroller.scrollTop = 1e7;
        }
      }
      // A message comes after the frame was laid out and painted.
      afterPaint(() => frames.push(performance.now() - began));
      if (now - from < seconds * 1000) requestAnimationFrame(step);
      else {
        observer.disconnect();
        resolve({ frames: frames.length, frame_p50_ms: percentile(frames, 0.5), frame_p95_ms: percentile(frames, 0.95),
          frame_max_ms: Math.round(Math.max(...frames)), long_tasks: longTasks, long_task_ms: Math.round(longTaskMs) });
      }
    };
    requestAnimationFrame(step);
  });
}

const channel = new MessageChannel();
const callbacks = [];
channel.port1.onmessage = () => callbacks.shift()();

function afterPaint(callback) {
  callbacks.push(callback);
  channel.port2.postMessage(0);
}

window.bench = { prepare, stream };
