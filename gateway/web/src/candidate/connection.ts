/**
 * The candidate's line to the exam: one WebSocket that is always being kept or made anew.
 *
 * What the candidate does goes into the queue first and over the line then; on every welcome whatever is still in the
 * queue is sent again in order. So it does not matter when the line breaks.
 */
import type { AttemptView, FromCandidate, Message, Response, Row, ToCandidate } from "../api/types";
import { Problem } from "../api/problem";
import type { ServerClock } from "../clock/serverClock";
import type { Signal } from "./conduct/signals";
import type { Entry, Queue } from "./queue";

/** The part of WebSocket that is used, so that tests can stand in for it. */
export interface Socket {
  send(text: string): void;
  close(): void;
  onopen: (() => void) | null;
  onmessage: ((event: { data: string }) => void) | null;
  onclose: (() => void) | null;
}

export type Line = "connecting" | "online" | "offline" | "replaced" | "closed";

export interface Refusal {
  problem: string;
  detail: string;
  entry: Entry | undefined;
}

export interface Events {
  line(line: Line, problem?: string): void;
  welcome(attempt: AttemptView): void;
  row(row: Row): void;
  message(message: Message): void;
  /** How far a proctor has got in this thread. */
  marks(deliveredUpTo: number, readUpTo: number): void;
  /** A proctor writes at this moment. */
  typing(name: string): void;
  warning(minutes: number): void;
  /** How many deeds the server has not acknowledged yet. */
  waiting(count: number): void;
  refused(refusal: Refusal): void;
  /** Messages may have been missed: fetch them. */
  resync(): void;
}

export interface Surroundings {
  open(): Socket;
  /** A valid access token; renewed when `renew` says that the last one was refused. */
  token(renew: boolean): Promise<string>;
  clock: ServerClock;
  monotonic(): number;
  after(ms: number, run: () => void): () => void;
  random(): number;
}

/** A welcome may take the server 15 s (it waits for the attempt to exist), and a slow network a few more. */
const WELCOME_WITHIN_MS = 20_000;
/** Two beats unanswered and a margin: the line is dead even if nobody said so. */
const SILENCE_MS = 25_000;
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 10_000;
/** Fewer than the burst the server allows at once, so that a long queue is not refused for haste. */
const CHUNK = 100;
const CHUNK_PAUSE_MS = 1_000;

/** Refusals that pass: the deed stays in the queue and is sent again. */
const PASSING = new Set(["temporarily-unavailable", "too-many-requests", "attempt-paused", "attempt-not-started"]);
/** HTTP statuses of a token's renewal that will not change by trying again: expired, denied or removed, gone. */
const FINAL: ReadonlySet<number> = new Set([401, 403, 404, 410]);
const TOKEN_REFUSED = new Set(["sign-in-expired", "not-signed-in"]);

export interface Connection {
  start(): void;
  /** The network is back, or the page is visible again: do not wait for the next try. */
  hurry(): void;
  /** The browser says that the network is gone: do not wait for the silence to tell. */
  lost(): void;
  answer(itemId: string, response: Response | null): Promise<void>;
  flag(itemId: string, flagged: boolean): Promise<void>;
  visit(itemId: string): void;
  submit(): Promise<void>;
  chat(text: string): Promise<void>;
  /** Told while somebody writes; lost when the line is down, which is no loss. */
  typing(): void;
  raiseHand(): Promise<void>;
  /** Told now or not at all: whether it was. */
  signal(signal: Signal, more?: { count?: number; seconds?: number }): boolean;
  stop(): void;
}

interface Awaited {
  message: FromCandidate;
  resolve(): void;
  reject(refusal: Refusal): void;
}

export function createConnection(queue: Queue, around: Surroundings, events: Events): Connection {
  let socket: Socket | null = null;
  let line: Line = "offline";
  let stopped = false;
  let failures = 0;
  let renew = false;
  let phase: Row["phase"] | null = null;
  let heardAt = 0;
  let helloAt = 0;
  let beats = 0;
  let beatMs = 10_000;
  let newestSeq = 0;
  const beatSentAt = new Map<string, number>();
  const awaited = new Map<string, Awaited>();
  const unposted: FromCandidate[] = [];
  let cancelRetry = () => {};
  let cancelBeat = () => {};
  let cancelWelcome = () => {};
  let cancelResend = () => {};
  let resending = false;
  let again = false;

  function say(next: Line, problem?: string): void {
    line = next;
    events.line(next, problem);
  }

  function post(message: FromCandidate): void {
    if (line === "online" && socket !== null) socket.send(JSON.stringify(message));
  }

  const busy = () => stopped || socket !== null;

  async function connect(): Promise<void> {
    cancelRetry();
    if (busy()) return;
    say("connecting");
    let token: string;
    try {
      token = await around.token(renew);
      renew = false;
    } catch (error) {
      // Whoever may not come back is told so; anything else is the network, and tried again.
      if (error instanceof Problem && FINAL.has(error.status)) finish("closed", error.problem);
      else retry();
      return;
    }
    if (busy()) return;
    const opened = around.open();
    socket = opened;
    cancelWelcome = around.after(WELCOME_WITHIN_MS, () => drop(opened));
    opened.onopen = () => {
      helloAt = around.monotonic();
      opened.send(JSON.stringify({ type: "hello", token } satisfies FromCandidate));
    };
    opened.onclose = () => drop(opened);
    opened.onmessage = (event) => {
      if (socket !== opened) return;
      heardAt = around.monotonic();
      void hear(JSON.parse(event.data) as ToCandidate);
    };
  }

  function drop(which: Socket, retryAfterMs?: number): void {
    if (socket !== which) return;
    socket = null;
    cancelWelcome();
    cancelBeat();
    cancelResend();
    which.onclose = which.onmessage = which.onopen = null;
    which.close();
    if (line === "replaced" || line === "closed" || stopped) return;
    retry(retryAfterMs);
  }

  function retry(afterMs?: number): void {
    if (line !== "offline") say("offline");
    const backOff = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures);
    failures += 1;
    // Half of it is chance, so that a hall full of candidates does not return in one instant.
    const wait = afterMs ?? backOff / 2 + (around.random() * backOff) / 2;
    cancelRetry = around.after(wait, () => void connect());
  }

  async function hear(message: ToCandidate): Promise<void> {
    switch (message.type) {
      case "welcome":
        return welcomed(message.attempt, message.server_time, message.beat_seconds);
      case "ack":
        await queue.acknowledge(message.seqs);
        for (const id of message.ids) settle(id)?.resolve();
        return tellWaiting();
      case "refused":
        // What does not apply is left out of the message.
        return refused(message.problem, message.detail, message.seq ?? null, message.id ?? null, message.retry_after_s ?? null);
      case "row": {
        const resumed = phase === "paused" && message.row.phase === "active";
        phase = message.row.phase;
        events.row(message.row);
        if (resumed) resend();
        return;
      }
      case "message":
        { events.message(message.message); return; }
      case "marks":
        { events.marks(message.delivered_up_to, message.read_up_to); return; }
      case "typing":
        { events.typing(message.name); return; }
      case "warning":
        { events.warning(message.minutes); return; }
      case "resync":
        { events.resync(); return; }
      case "replaced":
        { finish("replaced"); return; }
      case "beat":
        { beatAnswered(message.id ?? null, message.server_time); return; }
      case "bye":
        { dismissed(message.problem, message.retry_after_s ?? null); return; }
    }
  }

  async function welcomed(attempt: AttemptView, serverTime: string, beatSeconds: number): Promise<void> {
    cancelWelcome();
    failures = 0;
    beatMs = beatSeconds * 1000;
    phase = attempt.row.phase;
    around.clock.observe(helloAt, Date.parse(serverTime));
    newestSeq = Math.max(newestSeq, attempt.row.last_seq);
    await queue.continueAfter(newestSeq);
    say("online");
    events.welcome(attempt);
    beat();
    unposted.splice(0, Infinity, ...[...awaited.values()].map((each) => each.message));
    resend();
  }

  function beat(): void {
    if (socket === null) return;
    if (around.monotonic() - heardAt > SILENCE_MS) { drop(socket); return; }
    const id = `b${(beats += 1)}`;
    beatSentAt.set(id, around.monotonic());
    if (beatSentAt.size > 5) beatSentAt.delete(beatSentAt.keys().next().value ?? "");
    post({ type: "beat", id });
    cancelBeat = around.after(beatMs, beat);
  }

  function beatAnswered(id: string | null, serverTime: string): void {
    const sentAt = id === null ? undefined : beatSentAt.get(id);
    if (id === null || sentAt === undefined) return;
    beatSentAt.delete(id);
    around.clock.observe(sentAt, Date.parse(serverTime));
  }

  async function refused(problem: string, detail: string, seq: number | null, id: string | null, retryAfterS: number | null): Promise<void> {
    if (seq !== null) {
      const entry = (await queue.waiting()).find((each) => each.seq === seq);
      if (PASSING.has(problem)) {
        // A pause ends with a row that says so; anything else is tried again after a while.
        if (problem !== "attempt-paused") laterResend((retryAfterS ?? 2) * 1000);
        return;
      }
      await queue.acknowledge([seq]);
      events.refused({ problem, detail, entry });
      return tellWaiting();
    }
    if (id !== null) settle(id)?.reject({ problem, detail, entry: undefined });
  }

  function settle(id: string): Awaited | undefined {
    const found = awaited.get(id);
    awaited.delete(id);
    return found;
  }

  function dismissed(problem: string, retryAfterS: number | null): void {
    if (TOKEN_REFUSED.has(problem)) renew = true;
    else if (retryAfterS === null) { finish("closed", problem); return; }
    if (socket !== null) drop(socket, retryAfterS === null ? 0 : retryAfterS * 1000);
  }

  function finish(how: "replaced" | "closed", problem?: string): void {
    say(how, problem);
    for (const [id, each] of awaited) {
      awaited.delete(id);
      each.reject({ problem: problem ?? "connection-replaced", detail: "", entry: undefined });
    }
    if (socket !== null) drop(socket);
  }

  // Sending what waits

  function resend(): void {
    cancelResend();
    again = true;
    if (!resending) void sendRounds();
  }

  async function sendRounds(): Promise<void> {
    resending = true;
    while (again) {
      again = false;
      await sendWaiting();
    }
    resending = false;
    // A submission must not overtake the answers given before it.
    for (const each of unposted.splice(0)) post(each);
  }

  function laterResend(ms: number): void {
    cancelResend();
    cancelResend = around.after(ms, resend);
  }

  async function sendWaiting(): Promise<void> {
    const waiting = await queue.waiting();
    const through = socket;
    for (let first = 0; first < waiting.length; first += CHUNK) {
      if (first > 0) await new Promise<void>((resolve) => around.after(CHUNK_PAUSE_MS, resolve));
      if (socket !== through || line !== "online") return;
      for (const entry of waiting.slice(first, first + CHUNK)) post(messageOf(entry));
    }
    events.waiting(waiting.length);
  }

  async function tellWaiting(): Promise<void> {
    events.waiting((await queue.waiting()).length);
  }

  async function deed(entry: Entry): Promise<void> {
    newestSeq = Math.max(newestSeq, entry.seq);
    // While older ones are being sent this one would overtake them; another round takes it along.
    if (resending) again = true;
    else post(messageOf(entry));
    await tellWaiting();
  }

  function request(message: FromCandidate & { id: string }): Promise<void> {
    return new Promise((resolve, reject) => {
      awaited.set(message.id, { message, resolve, reject });
      if (resending) unposted.push(message);
      else post(message);
    });
  }

  const newId = () => `c${Date.now().toString(36)}${Math.floor(around.random() * 1e9).toString(36)}`;

  return {
    start: () => void connect(),
    hurry() {
      if (line === "offline") {
        failures = 0;
        void connect();
      }
    },
    lost() {
      if (socket !== null) drop(socket);
    },
    async answer(itemId, response) {
      await deed(await queue.add({ kind: "answer", item_id: itemId, response }));
    },
    async flag(itemId, flagged) {
      await deed(await queue.add({ kind: "flag", item_id: itemId, flagged }));
    },
    visit(itemId) {
      void queue.nextSeq().then((seq) => post({ type: "visit", seq, item_id: itemId }));
    },
    submit: () => request({ type: "submit", id: newId() }),
    chat: (text) => request({ type: "chat", id: newId(), text }),
    typing: () => post({ type: "typing" }),
    raiseHand: () => request({ type: "hand", id: newId() }),
    signal(signal, more = {}) {
      if (line !== "online" || socket === null) return false;
      post({ type: "signal", signal, count: 1, seconds: 0, ...more });
      return true;
    },
    stop() {
      stopped = true;
      cancelRetry();
      cancelResend();
      if (socket !== null) drop(socket);
    },
  };
}

function messageOf(entry: Entry): FromCandidate {
  return entry.kind === "answer"
    ? { type: "answer", seq: entry.seq, item_id: entry.item_id, response: entry.response as Response | null }
    : { type: "flag", seq: entry.seq, item_id: entry.item_id, flagged: entry.flagged };
}
