/** The socket against a stub that plays the browser's WebSocket, with timers and clock under our control. */

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { ComparisonSocket, backOff, socketUrl } from "../../../static/js/io/socket.js";

class StubSocket {
  static made = [];
  readyState = 0;
  sent = [];

  constructor(url) {
    this.url = url;
    StubSocket.made.push(this);
  }

  static get last() {
    return StubSocket.made.at(-1);
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.readyState = 3;
  }

  open() {
    this.readyState = 1;
    this.onopen({});
  }

  receive(frame) {
    this.onmessage({ data: typeof frame === "string" ? frame : JSON.stringify(frame) });
  }

  shut(code) {
    this.readyState = 3;
    this.onclose({ code });
  }
}

class Clock {
  time = 0;
  timers = new Map();
  next = 1;

  env = {
    WebSocket: StubSocket,
    now: () => this.time,
    random: () => 0.5,
    setTimeout: (run, ms) => {
      this.timers.set(this.next, { run, due: this.time + ms });
      return this.next++;
    },
    clearTimeout: (id) => this.timers.delete(id),
  };

  pass(ms) {
    const until = this.time + ms;
    for (;;) {
      const [id, timer] = [...this.timers].sort((a, b) => a[1].due - b[1].due)[0] ?? [];
      if (!timer || timer.due > until) break;
      this.timers.delete(id);
      this.time = Math.max(this.time, timer.due);
      timer.run();
    }
    this.time = until;
  }
}

let clock;
let heard;
let expecting;

function connect(after = null) {
  const socket = new ComparisonSocket(
    "ws://host/ws/",
    {
      snapshot: (frame) => heard.push(["snapshot", frame.seq]),
      events: (frame) => heard.push(["events", frame.seq]),
      connection: (state, detail) => heard.push([state, detail.code]),
      expecting: () => expecting,
    },
    clock.env,
  );
  socket.start(after);
  return socket;
}

const states = () => heard.map(([what]) => what);
const events = (seq, text = "") => ({ type: "events", seq, events: [{ type: "run.delta", run: "r", text }] });

beforeEach(() => {
  StubSocket.made = [];
  clock = new Clock();
  heard = [];
  expecting = true;
});

test("says hello with its cursor first and takes a snapshot and events in", () => {
  const socket = connect(null);
  StubSocket.last.open();
  assert.deepEqual(StubSocket.last.sent, [{ type: "hello", after: null }]);
  StubSocket.last.receive({ type: "snapshot", seq: "1:5", state: {} });
  StubSocket.last.receive(events("1:6"));
  assert.equal(socket.cursor, "1:6");
  assert.deepEqual(states(), ["connecting", "live", "snapshot", "events"]);
});

test("a frame of an unknown type changes nothing", () => {
  const socket = connect("1:1");
  StubSocket.last.open();
  StubSocket.last.receive({ type: "weather", seq: "1:2" });
  assert.equal(socket.cursor, "1:1");
});

test("acknowledges cumulatively within 100 ms", () => {
  connect("1:1");
  StubSocket.last.open();
  StubSocket.last.receive(events("1:2"));
  StubSocket.last.receive(events("1:3"));
  assert.equal(StubSocket.last.sent.length, 1);
  clock.pass(100);
  assert.deepEqual(StubSocket.last.sent.at(-1), { type: "ack", seq: "1:3" });
  clock.pass(1000);
  assert.equal(StubSocket.last.sent.length, 2);
});

test("acknowledges before 64 kB are open even if no timer ever fires", () => {
  connect("1:1");
  StubSocket.last.open();
  for (let i = 0; i < 40; i += 1) StubSocket.last.receive(events(`1:${i}`, "字".repeat(2000)));
  const acks = StubSocket.last.sent.filter((message) => message.type === "ack");
  assert.ok(acks.length >= Math.floor((40 * 6000) / 65_536), `${acks.length} acks`);
});

test("in a hidden tab, where timers sleep, a late frame is acknowledged at once", () => {
  connect("1:1");
  StubSocket.last.open();
  StubSocket.last.receive(events("1:2"));
  clock.time += 400;
  StubSocket.last.receive(events("1:3"));
  assert.deepEqual(StubSocket.last.sent.at(-1), { type: "ack", seq: "1:3" });
});

test("comes back with its cursor after a lost connection, slower each time", () => {
  connect("1:1");
  StubSocket.last.open();
  StubSocket.last.receive(events("1:9"));
  const delays = [];
  for (let i = 0; i < 6; i += 1) {
    const before = clock.time;
    const count = StubSocket.made.length;
    StubSocket.last.shut(1006);
    while (StubSocket.made.length === count) clock.pass(10);
    delays.push(clock.time - before);
  }
  assert.ok(delays.every((delay, i) => i === 0 || delay > delays[i - 1]), String(delays));
  StubSocket.last.open();
  assert.deepEqual(StubSocket.last.sent[0], { type: "hello", after: "1:9" });
  assert.equal(states().at(-1), "reconnecting");
  StubSocket.last.receive(events("1:10"));
  assert.deepEqual(states().slice(-2), ["live", "events"]);
});

test("resumes at once when it was too slow, and soon after a restart", () => {
  connect("1:1");
  for (const code of [4408, 1012]) {
    StubSocket.last.open();
    StubSocket.last.receive(events("1:2"));
    StubSocket.last.shut(code);
    clock.pass(450);
    assert.equal(StubSocket.last.readyState, 0, String(code));
  }
  assert.equal(StubSocket.made.length, 3);
});

for (const [code, state] of [[4401, "signed-out"], [4403, "revoked"], [4404, "not-found"], [4410, "deleted"]]) {
  test(`close code ${code} ends it as ${state}, without ever having been live`, () => {
    connect("1:1");
    StubSocket.last.open();
    StubSocket.last.shut(code);
    clock.pass(1_000_000);
    assert.equal(StubSocket.made.length, 1);
    assert.deepEqual(heard, [["connecting", null], [state, code]]);
  });
}

test("too many sockets: waits half a minute", () => {
  connect("1:1");
  StubSocket.last.open();
  StubSocket.last.shut(4429);
  assert.deepEqual(heard.at(-1), ["busy", 4429]);
  clock.pass(29_000);
  assert.equal(StubSocket.made.length, 1);
  clock.pass(20_000);
  assert.equal(StubSocket.made.length, 2);
});

test("a message the server did not understand: starts again without a cursor", () => {
  connect("1:1");
  StubSocket.last.open();
  StubSocket.last.shut(4400);
  clock.pass(30_000);
  StubSocket.last.open();
  assert.deepEqual(StubSocket.last.sent[0], { type: "hello", after: null });
});

test("silence while an answer is due reconnects, ever more slowly; silence otherwise does not", () => {
  connect("1:1");
  StubSocket.last.open();
  clock.pass(19_000);
  assert.equal(StubSocket.made.length, 1);
  clock.pass(2_000);
  assert.equal(StubSocket.made.length, 2);
  StubSocket.last.open();
  clock.pass(39_000);
  assert.equal(StubSocket.made.length, 2);
  clock.pass(5_000);
  assert.equal(StubSocket.made.length, 3);
  StubSocket.last.open();
  StubSocket.last.receive(events("1:2"));
  expecting = false;
  clock.pass(1_000_000);
  assert.equal(StubSocket.made.length, 3);
});

test("a connection that never opens is tried again", () => {
  connect(null);
  clock.pass(12_000);
  assert.equal(StubSocket.made.length, 2);
});

test("waking up asks again only if an answer is due and nothing was heard for a while", () => {
  const socket = connect("1:1");
  StubSocket.last.open();
  StubSocket.last.receive(events("1:2"));
  socket.wake();
  clock.pass(100);
  assert.equal(StubSocket.made.length, 1);
  clock.time += 60_000;
  socket.wake();
  clock.pass(100);
  assert.equal(StubSocket.made.length, 2);
});

test("a network that is back is used at once, however often it failed before", () => {
  const socket = connect("1:1");
  for (let failed = 0; failed < 8; failed += 1) {
    StubSocket.last.shut(1006);
    clock.pass(15_000);
  }
  StubSocket.last.shut(1006);
  const tried = StubSocket.made.length;
  socket.wake();
  clock.pass(1);
  assert.equal(StubSocket.made.length, tried + 1);
});

test("waking up does not hurry a server that asked for time", () => {
  const socket = connect("1:1");
  StubSocket.last.open();
  StubSocket.last.shut(4429);
  socket.wake();
  clock.pass(20_000);
  assert.equal(StubSocket.made.length, 1);
  clock.pass(27_000);
  assert.equal(StubSocket.made.length, 2);
});

test("what an abandoned socket still says is not heard", () => {
  const socket = connect("1:1");
  const old = StubSocket.last;
  old.open();
  old.receive(events("1:2"));
  old.shut(1006);
  clock.pass(5_000);
  StubSocket.last.open();
  old.receive(events("1:99"));
  assert.equal(socket.cursor, "1:2");
});

test("a frame that could not be applied leads to a snapshot, and the error is not hidden", () => {
  const socket = new ComparisonSocket(
    "ws://host/ws/",
    {
      snapshot: () => heard.push(["snapshot"]),
      events: () => {
        throw new Error("broken");
      },
      connection: () => {},
    },
    clock.env,
  );
  socket.start("1:1");
  StubSocket.last.open();
  assert.throws(() => StubSocket.last.receive(events("1:2")), /broken/);
  clock.pass(5_000);
  StubSocket.last.open();
  assert.deepEqual(StubSocket.last.sent[0], { type: "hello", after: null });
});

test("stop is final", () => {
  const socket = connect("1:1");
  StubSocket.last.open();
  socket.stop();
  socket.wake();
  clock.pass(1_000_000);
  assert.equal(StubSocket.made.length, 1);
  assert.equal(states().at(-1), "closed");
});

test("back-off stays within its bounds", () => {
  assert.equal(backOff(0, () => 0), 250);
  assert.equal(backOff(0, () => 1), 500);
  assert.equal(backOff(50, () => 1), 15_000);
});

test("the address is always on the host of the page", () => {
  const page = new URL("https://front.example/c/1/");
  assert.equal(socketUrl("/ws/comparisons/1/", page), "wss://front.example/ws/comparisons/1/");
  assert.equal(socketUrl("ws://inside:8000/ws/comparisons/1/", page), "wss://front.example/ws/comparisons/1/");
});
