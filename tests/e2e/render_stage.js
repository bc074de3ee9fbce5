/** What the stage offers to tests: texts rendered in pieces, and a hand that touches everything they made. */

import { Answer } from "/static/js/render/answer.js";
import { frame, follow, onPainted } from "/static/js/render/frame.js";
import { settled } from "/static/js/render/pending.js";

const TOUCHES = ["click", "dblclick", "mouseover", "mouseenter", "mousedown", "pointerdown", "pointerenter", "focus", "focusin",
  "keydown", "toggle", "submit", "dragstart", "animationstart", "load", "error", "contextmenu"];
const host = document.getElementById("stage");

function cut(text, mode, random) {
  if (mode === "whole") return [text];
  if (mode === "characters") return [...text];
  const pieces = [];
  for (let at = 0; at < text.length;) {
    const length = 1 + Math.floor(random() * 9);
    pieces.push(text.slice(at, at + length));
    at += length;
  }
  return pieces;
}

function seeded(state) {
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Everything but following a real link, which is what a reader may want to do. */
function touch(root) {
  for (const element of root.querySelectorAll("*")) {
    const leads = element.closest("a[href]");
    for (const type of TOUCHES) {
      if (leads && type === "click") continue;
      element.dispatchEvent(new Event(type, { bubbles: true, cancelable: true }));
    }
    element.focus?.();
    if (!leads && !element.matches(".code-copy")) element.click?.();
  }
}

async function renderAll(texts, mode, seed = 1) {
  const random = seeded(seed);
  const places = texts.map((text) => {
    const root = document.createElement("section");
    host.append(root);
    const answer = new Answer(root);
    for (const piece of cut(text, mode, random)) {
      answer.push(piece);
      answer.flush();
    }
    return { root, answer };
  });
  await Promise.all(places.map(({ answer }) => answer.finish()));
  // Before anything is touched: a button says whether it could copy, which is not the text's matter.
  const pictures = places.map(({ root }) => root.textContent);
  for (const { root } of places) touch(root);
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  const addresses = [...host.querySelectorAll("[href], [src]")].map((element) => element.getAttribute("href") ?? element.getAttribute("src"));
  host.replaceChildren();
  return { addresses, pictures };
}

async function show(text, { width = 420, count = 1 } = {}) {
  const places = Array.from({ length: count }, () => {
    const root = document.createElement("section");
    root.style.setProperty("width", `${width}px`);
    host.append(root);
    return new Answer(root);
  });
  for (const answer of places) answer.push(text);
  await Promise.all(places.map((answer) => answer.finish()));
  await document.fonts.ready;
}

window.stage = { Answer, frame, follow, onPainted, settled, renderAll, show };
