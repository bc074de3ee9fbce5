/** What the demo plays: columns in every state a run can be in, with events as the server sends them. */

const MARKDOWN = `### Gauss–Seidel in two dimensions

Each sweep uses the **newest** values at once. The step is

\`\`\`python
def gauss_seidel(A, b, x, steps=3):
    for _ in range(steps):
        x[0] = (b[0] - A[0][1]*x[1]) / A[0][0]
        x[1] = (b[1] - A[1][0]*x[0]) / A[1][1]
    return x
\`\`\`

| step | x | residual |
|---|---|---|
| 1 | (1.25, 0.88) | 3.1e−1 |
| 2 | (1.03, 0.99) | 4.0e−2 |
| 3 | (1.00, 1.00) | 5.1e−3 |

The error shrinks by the spectral radius per sweep. 收敛速度取决于谱半径。

> Stop when the residual is below your tolerance, not after a fixed count.

1. Strict diagonal dominance is enough.
2. Each sweep multiplies the error by the same factor.
`;
const THOUGHT = "The user wants convergence for a 2×2 system. The iteration matrix is −L⁻¹U; its spectral radius is a12·a21/(a11·a22), so I can show the formula, then code, then a table. ";

const COLUMNS = [
  { model: "openai/gpt-large-2", capabilities: { vision: true, tools: true, json: true }, context_window: 128000 },
  { model: "vllm/deep-think-r1", capabilities: { reasoning: true, tools: true }, context_window: 64000, overrides: { params: { temperature: 0.6 } } },
  { model: "anthropic/claude-small-4", capabilities: { vision: true, tools: true, reasoning: true }, context_window: 200000 },
  { model: "dashscope/qwen-max-3", capabilities: { vision: true, tools: true }, context_window: 256000 },
  { model: "ollama/llama-70b-local", capabilities: { tools: true, local: true }, context_window: 32000, overrides: { system: "Be brief." } },
  { model: "openrouter/some-vendor/a-model-with-a-rather-long-name:free", overrides: { params: { temperature: 0.6, max_tokens: 400 } } },
  { model: "mistral/mistral-large" },
  { model: "groq/llama-fast" },
];
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

export function state(wishes) {
  const size = Number(wishes.get("columns") ?? 6);
  const columns = Array.from({ length: size }, (_, index) => ({ id: `c${index}`, label: LETTERS[index], params: {}, overrides: { params: {} }, ...COLUMNS[index % COLUMNS.length] }));
  const turn = { id: "t1", parent: null, position: 0, messages: [{ role: "user", content: [{ kind: "text", text: "Explain how Gauss–Seidel converges for a 2×2 system." }] }] };
  return { id: "demo", title: "Demo", tags: [], seq: "demo:0", settings: {}, columns, turns: [turn], runs: [] };
}

/** @returns {[number, object][]} events with the ms at which they come */
export function script(wishes) {
  const size = Number(wishes.get("columns") ?? 6);
  const events = Array.from({ length: size }, (_, index) => PLOTS[index % PLOTS.length](`r${index}`, `c${index}`)).flat();
  if (wishes.get("samples")) events.push(...answer("s1", "c0", { sample: 1 }), ...answer("s2", "c0", { sample: 2 }));
  if (wishes.get("turns")) events.push(...followUp(size));
  if (wishes.get("attempts")) events.push(...shifted(8000, answer("again", "c0", { attempt: 2 })));
  return events.sort((a, b) => a[0] - b[0]);
}

const shifted = (by, events) => events.map(([at, event]) => [at + by, event]);

function followUp(size) {
  const turn = { id: "t2", parent: "t1", position: 1, messages: [{ role: "user", content: [{ kind: "text", text: "And if the matrix is not diagonally dominant?\nGive one example." }] }] };
  const answers = Array.from({ length: size }, (_, index) => answer(`f${index}`, `c${index}`, { turn: "t2", parent: `r${index}` })).flat();
  return shifted(9000, [[0, { type: "turn.added", turn }], ...answers]);
}

function queued(run, column, more = {}) {
  return [0, { type: "run.queued", run, column, turn: "t1", sample: 0, attempt: 1, parent: null, ...more }];
}

function started(run, connect = 180) {
  return [
    [20, { type: "run.started", run, at: 20 }],
    [connect, { type: "run.meta", run, connect_ms: connect, response_id: `resp_${run}` }],
  ];
}

function typed(run, index, kind, text, from, perSecond) {
  const pieces = text.match(/[^]{1,12}/gu) ?? [];
  return pieces.map((piece, n) => {
    const at = Math.round(from + (n * 12 * 1000) / perSecond);
    return [at, { type: "run.delta", run, index, kind, text: piece, at }];
  });
}

function finished(run, at, { input = 412, output = 624, cached = 256, reasoning = null, first = 410, answer: ttfa = first, cost = "0.0094", reason = "stop" } = {}) {
  const usage = { input, output, total: input + output, cache_read: cached, reasoning };
  const timings = { queued_ms: 20, connect_ms: 180, ttft_ms: first, ttfa_ms: ttfa, total_ms: at, tokens_per_s: Math.round((output / (at - first)) * 100000) / 100 };
  return [at, { type: "run.finished", run, finish_reason: reason, native_finish_reason: reason, usage, cost: cost && { amount: cost, currency: "USD", source: "computed" }, timings }];
}

function answer(run, column, more = {}) {
  return [queued(run, column, more), ...started(run), [400, { type: "run.block", run, index: 0, kind: "text" }], ...typed(run, 0, "text", MARKDOWN, 410, 240), finished(run, 4800)];
}

function thinker(run, column) {
  const thoughts = THOUGHT.repeat(5);
  return [
    queued(run, column),
    ...started(run),
    [690, { type: "run.block", run, index: 0, kind: "reasoning" }],
    ...typed(run, 0, "reasoning", thoughts, 700, 240),
    [4300, { type: "run.block", run, index: 1, kind: "text" }],
    ...typed(run, 1, "text", MARKDOWN, 4320, 220),
    finished(run, 9300, { output: 571, reasoning: 311, first: 700, answer: 4320, cost: "0.0061", cached: 0 }),
  ];
}

function caller(run, column) {
  return [
    queued(run, column),
    ...started(run),
    [550, { type: "run.block", run, index: 0, kind: "text" }],
    ...typed(run, 0, "text", "Let me run the method on your matrix.", 560, 100),
    [1200, { type: "run.block", run, index: 1, kind: "tool_call", id: "call_1", name: "run_python" }],
    ...typed(run, 1, "tool_call", '{"code": "gs([[4,1],[2,5]], [5,7])", "steps": 3}', 1210, 40),
    [2600, { type: "run.block", run, index: 2, kind: "text" }],
    ...typed(run, 2, "text", MARKDOWN.slice(0, 420), 2610, 200),
    [60, { type: "run.meta", run, request_report: { sent: { max_tokens: 400 }, renamed: {}, clamped: {}, dropped: { seed: "this provider has no such parameter" } } }],
    finished(run, 6100, { input: 520, output: 498, first: 560, cost: "0.0018", reason: "length" }),
  ];
}

function limited(run, column) {
  const error = { code: "rate_limited", message: "Rate limit reached for qwen-max-3: 20 requests per minute.", status: 429, retryable: true, retry_after: 12, request_id: "req_0815" };
  return [
    queued(run, column),
    ...started(run).slice(0, 1),
    [300, { type: "run.retrying", run, attempt: 1, delay_ms: 4000, error }],
    [7000, { type: "run.failed", run, error, timings: { queued_ms: 20, total_ms: 7000 } }],
  ];
}

function local(run, column) {
  return [queued(run, column), ...started(run, 900), [1600, { type: "run.block", run, index: 0, kind: "text" }], ...typed(run, 0, "text", MARKDOWN.repeat(3), 1610, 150), finished(run, 16000, { first: 1610, output: 700, cost: "0", cached: null })];
}

function broken(run, column) {
  const error = { code: "incomplete", message: "the stream ended without a finish reason", status: 200, retryable: false };
  return [queued(run, column), ...started(run), [500, { type: "run.block", run, index: 0, kind: "text" }], ...typed(run, 0, "text", MARKDOWN.slice(0, 130), 510, 100), [2500, { type: "run.failed", run, error, timings: { ttft_ms: 510, total_ms: 2500 } }]];
}

function stopped(run, column) {
  return [queued(run, column), ...started(run), [500, { type: "run.block", run, index: 0, kind: "text" }], ...typed(run, 0, "text", MARKDOWN.slice(0, 230), 510, 100), [3000, { type: "run.cancelled", run, timings: { ttft_ms: 510, total_ms: 3000 } }]];
}

const PLOTS = [answer, thinker, caller, limited, local, broken, stopped, (run, column) => [queued(run, column)]];
