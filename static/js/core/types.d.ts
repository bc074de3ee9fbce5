/* The shapes of state and events as they come over API and socket. Contract: ARCHITECTURE.md, "Websocket". */

export type Status = "queued" | "running" | "retrying" | "finished" | "failed" | "cancelled" | "interrupted" | "left";

export interface Block {
  index: number;
  kind: string;
  text?: string;
  id?: string | null;
  name?: string | null;
  data?: Record<string, any> | null;
}

export interface Usage {
  input: number | null;
  output: number | null;
  total: number | null;
  cache_read: number | null;
  cache_creation: number | null;
  reasoning: number | null;
  audio: number | null;
}

export interface Timings {
  queued_ms: number | null;
  /** The part of these that was spent in line for our rate limits; ttft and ttfa leave it out. */
  waited_ms: number | null;
  connect_ms: number | null;
  ttft_ms: number | null;
  ttfa_ms: number | null;
  total_ms: number | null;
  tokens_per_s: number | null;
  stalls: number | null;
}

export interface Cost {
  amount: string;
  currency?: string;
  source: "reported" | "computed" | "estimated";
}

export interface RunError {
  code: string;
  message: string;
  status?: number | null;
  retryable?: boolean;
  retry_after?: number | null;
  request_id?: string | null;
}

export interface Waiting {
  position: number;
  delay_ms: number | null;
  reason: string;
  at: number;
}

export interface Report {
  sent?: Record<string, any>;
  renamed?: Record<string, string>;
  clamped?: Record<string, any>;
  dropped?: Record<string, string>;
}

export interface Run {
  id: string;
  column: string;
  turn: string;
  sample: number;
  attempt: number;
  parent: string | null;
  status: Status;
  /** Where it stands in line for a limit of ours; `at` and `delay_ms` from then on, null = nobody can know. */
  waiting: Waiting | null;
  content: Block[];
  finish_reason: string | null;
  native_finish_reason: string | null;
  response_id: string | null;
  model: string | null;
  usage: Usage | null;
  cost: Cost | null;
  timings: Timings;
  request_report: Report | null;
  hops: Record<string, any>[];
  retries: { attempt: number; delay_ms: number; error: RunError }[];
  error: RunError | null;
  metadata: Record<string, any>;
  /** What people put on it; `metadata` is what the provider said. */
  tags?: string[];
  labels?: Record<string, string>;
  /** [at ms, kind, characters] of each delta since we joined. */
  trace?: [number, string, number][];
  /** How long ago it was queued when the server said so; null once it has ended. */
  age_ms?: number | null;
  /** [kind, from ms, to ms] of what was before a snapshot, if the server says so. */
  phases?: [string, number, number][];
  [derived: string]: any;
}

export interface Column {
  id: string;
  label: string;
  model: string;
  params?: Record<string, any>;
  overrides?: Record<string, any>;
  samples?: number;
  /** What its new runs begin with. */
  tags?: string[];
  metadata?: Record<string, string>;
  provider?: string;
  capabilities?: Record<string, boolean | null>;
  context_window?: number | null;
}

export interface Turn {
  id: string;
  parent: string | null;
  position?: number;
  messages: { role: string; content: Block[] | string }[];
}

export interface Comparison {
  id: string | null;
  title: string;
  tags: string[];
  seq: string | null;
  columns: Column[];
  turns: Turn[];
  settings?: Record<string, any>;
  /** What a link shows of it; the owner's own has none. */
  shared?: { parts: string[]; frozen_at?: string | null };
}

/** `shared`: what a link shows of it. */
export type State = Comparison & { runs: Run[]; shared?: { parts: string[]; frozen_at: string | null } };

/** A run event; which fields there are depends on `type`. */
export interface RunEvent {
  type: string;
  [field: string]: any;
}
