/**
 * Plays a comparison into the grid: a stub takes the place of the browser's WebSocket. `?at=MS` jumps to a moment and
 * stops there, `?turns=2`, `?samples=1`, `?columns=N`, `?theme=dark` choose what is shown.
 */

import { script, state } from "./story.js";

const wishes = new URLSearchParams(location.search);
const stopAt = Number(wishes.get("at") ?? Infinity);
const theme = wishes.get("theme");
if (theme) document.documentElement.dataset.theme = theme;

const data = document.createElement("script");
data.type = "application/json";
data.id = "ts-state";
data.textContent = JSON.stringify(state(wishes));
document.body.append(data);

class PlayedSocket {
  readyState = 1;
  seq = 1;

  constructor() {
    setTimeout(() => this.onopen({}), 0);
  }

  send(text) {
    if (JSON.parse(text).type === "hello") this.play();
  }

  play() {
    const events = script(wishes);
    const past = events.filter(([at]) => at <= stopAt && Number.isFinite(stopAt));
    if (Number.isFinite(stopAt)) {
      // Time has to pass for the figures: play the past in slices that are as late as they say.
      const begin = performance.now() - stopAt;
      const real = performance.now.bind(performance);
      for (const [at, event] of past) {
        performance.now = () => begin + at;
        this.frame([event]);
      }
      performance.now = real;
      return;
    }
    for (const [at, event] of events) setTimeout(() => this.frame([event]), at);
  }

  frame(events) {
    this.seq += 1;
    this.onmessage({ data: JSON.stringify({ type: "events", seq: `demo:${this.seq}`, events }) });
  }

  close() {}
}
window.WebSocket = PlayedSocket;

document.addEventListener("ts:connection", ({ detail }) => {
  document.getElementById("connection").textContent = detail.text;
});

const { GRID_ELEMENTS } = await import("/static/js/elements/grid-elements.js");
for (const [tag, element] of Object.entries(GRID_ELEMENTS)) customElements.define(tag, element);
