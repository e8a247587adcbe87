/** One candidate's room: queue, line, clock and what was fetched, behind one object that pages look at. */
import { answerOf } from "../api/client";
import { after } from "../after";
import { asProblem } from "../api/problem";
import type { Message, Response } from "../api/types";
import { createServerClock, type ServerClock } from "../clock/serverClock";
import { createTypist, WRITING_HOLDS_MS } from "../thread";
import { attemptAfter, newestFromProctor, NOTHING_YET, type Attempt, type Happening } from "./attempt";
import { createConnection, type Connection, type Events } from "./connection";
import { createDrafts, keptIn, type Drafts } from "./drafts";
import { createMemoryQueue } from "./memoryQueue";
import { openQueue, type Queue } from "./queue";
import { api, tokens } from "./seat";
import { openSocket } from "./socket";
import type { Tell } from "./conduct/signals";

export interface Room {
  attempt: () => Attempt;
  subscribe: (listener: () => void) => () => void;
  clock: ServerClock;
  /** `typed`: more will follow at once, so it may wait for a pause. */
  respond: (itemId: string, response: Response | null, typed: boolean) => void;
  flush: () => Promise<void>;
  flag: (itemId: string, flagged: boolean) => void;
  visit: (itemId: string) => void;
  /** Resolves once the submission is on its way for good; the row then says that the attempt is complete. */
  submit: () => Promise<void>;
  chat: (text: string) => Promise<void>;
  raiseHand: () => Promise<void>;
  /** Something is being written to the proctors. */
  typing: () => void;
  markRead: () => void;
  dismissWarning: () => void;
  signal: Tell;
  /** Called at each new connection, until the answer is called. */
  whenWelcome: (listener: () => void) => () => void;
  whenLeft: (listener: () => void) => void;
  /** Nothing of this person stays on this computer. */
  forget: () => Promise<void>;
  stop: () => void;
}

/** Whoever waits for approval asks this often whether they were refused: only an approval comes over the line. */
const STANDING_MS = 15_000;
const FETCH_AGAIN_MS = 4_000;
const READ = "examhall.read-up-to";

/** A session that is about to start answers 409, and that passes; these do not. */
const REFUSED_FOR_GOOD: ReadonlySet<number> = new Set([400, 401, 403, 404, 410]);

interface Parts {
  queue: Queue;
  connection: Connection;
}

interface Errand {
  wanted: () => boolean;
  fetch: () => Promise<void>;
  refused?: (problem: string) => void;
  ended?: () => void;
}

export function enterRoom(participantId: string): Room {
  const clock = createServerClock();
  const listeners = new Set<() => void>();
  const welcomed = new Set<() => void>();
  const left = new Set<() => void>();
  let line: Connection | null = null;
  let attempt: Attempt = { ...NOTHING_YET, readUpTo: Number(sessionStorage.getItem(READ) ?? 0) };
  let stopped = false;
  let sessionId = "";
  let ready: (parts: Parts) => void = () => undefined;
  const parts = new Promise<Parts>((resolve) => (ready = resolve));
  const kept = keptIn(localStorage, participantId);
  const drafts: Drafts = createDrafts(
    answer,
    (drafting) => {
      if (attempt.drafting !== drafting) happened({ type: "drafting", drafting });
    },
    after,
    kept,
  );

  async function answer(itemId: string, response: Response | null): Promise<void> {
    const { connection } = await parts;
    try {
      await connection.answer(itemId, response);
    } catch {
      const entry = { kind: "answer", item_id: itemId, response, participant_id: participantId, seq: 0 } as const;
      happened({ type: "refused", refusal: { problem: "not-kept", detail: "this computer's storage is full", entry } });
    }
  }

  function happened(happening: Happening): void {
    attempt = attemptAfter(attempt, happening);
    listeners.forEach((each) => each());
  }

  const events = (queue: Queue): Events => ({
    line: (line, problem) => happened({ type: "line", line, problem: problem ?? null }),
    welcome(view) {
      sessionId = view.session_id;
      welcomed.forEach((each) => each());
      void queue.waiting().then((waiting) => {
        happened({ type: "welcome", attempt: view, pending: [...waiting, ...drafts.pending()] });
        fetchAll();
      });
    },
    row(row) {
      happened({ type: "row", row });
      fetchForm();
    },
    message: (message) => {
      happened({ type: "messages", messages: [message] });
      tellDelivered(newestFromProctor(attempt.messages));
    },
    marks: (delivered, read) => happened({ type: "marks", proctors: { delivered, read } }),
    typing(name) {
      cancelWriting();
      happened({ type: "writing", name });
      cancelWriting = after(WRITING_HOLDS_MS, () => happened({ type: "writing", name: null }));
    },
    warning: (minutes) => happened({ type: "warning", minutes }),
    waiting: (count) => happened({ type: "unsaved", count }),
    refused: (refusal) => happened({ type: "refused", refusal }),
    resync: fetchMessages,
  });

  async function start(): Promise<void> {
    let queue: Queue;
    try {
      queue = await openQueue(participantId);
    } catch {
      queue = createMemoryQueue(participantId);
      attempt = { ...attempt, durable: false };
    }
    const around = { open: openSocket, token: tokens.token, clock, monotonic: () => performance.now(), after, random: Math.random };
    const connection = createConnection(queue, around, events(queue));
    line = connection;
    ready({ queue, connection });
    await drafts.recover();
    if (!stopped) connection.start();
  }

  // What is fetched: again and again until it is there, for as long as it is wanted

  function fetchAll(): void {
    fetchMessages();
    fetchForm();
    keepFetching({
      wanted: () => attempt.session === null,
      fetch: async () => happened({ type: "session", session: await answerOf(api.GET("/api/v1/candidate/session")) }),
    });
  }

  function fetchMessages(): void {
    const newest = attempt.messages.at(-1)?.number ?? 0;
    keepFetching({
      wanted: () => true,
      async fetch() {
        const found = await answerOf(api.GET("/api/v1/candidate/messages", { params: { query: { after: newest } } }));
        // Requests and answers share this model; in answers nothing is left out.
        happened({ type: "messages", messages: found.messages as Message[] });
        happened({ type: "marks", proctors: { delivered: found.delivered_up_to, read: found.read_up_to } });
        tellDelivered(newestFromProctor(attempt.messages));
      },
    });
  }

  let cancelWriting = () => {};
  const tellDelivered = teller("delivered");
  const tellRead = teller("read");

  /** Tells the proctors how far this page has got in the thread; only the newest matters, so one request at a time. */
  function teller(what: "delivered" | "read"): (upTo: number) => void {
    let wanted = 0;
    let told = 0;
    let telling = false;
    return function tell(upTo) {
      wanted = Math.max(wanted, upTo);
      if (telling || told >= wanted) return;
      telling = true;
      keepFetching({
        wanted: () => sessionId !== "",
        async fetch() {
          const body = { up_to: wanted };
          const params = { path: { session_id: sessionId, participant_id: participantId } };
          if (what === "read") await answerOf(api.POST("/api/v1/sessions/{session_id}/threads/{participant_id}/read", { params, body }));
          else await answerOf(api.POST("/api/v1/sessions/{session_id}/threads/{participant_id}/delivered", { params, body }));
          told = body.up_to;
        },
        refused: () => (told = wanted),
        ended() {
          telling = false;
          tell(wanted);
        },
      });
    };
  }

  let fetchingForm = false;
  function fetchForm(): void {
    const wanted = () => attempt.form === null && (attempt.row?.phase === "active" || attempt.row?.phase === "paused");
    if (fetchingForm || !wanted()) return;
    fetchingForm = true;
    keepFetching({
      wanted,
      fetch: async () => happened({ type: "form", form: await answerOf(api.GET("/api/v1/candidate/form")) }),
      refused: (problem) => happened({ type: "form-refused", problem }),
      ended: () => (fetchingForm = false),
    });
  }

  function keepFetching(errand: Errand): void {
    if (stopped || !errand.wanted()) return errand.ended?.();
    errand.fetch().then(
      () => errand.ended?.(),
      (error: unknown) => {
        const { status, problem } = asProblem(error);
        if (REFUSED_FOR_GOOD.has(status)) {
          errand.refused?.(problem);
          errand.ended?.();
        } else after(FETCH_AGAIN_MS, () => keepFetching(errand));
      },
    );
  }

  // Surroundings

  const hurry = () => void parts.then(({ connection }) => connection.hurry());
  const onVisibility = () => {
    if (document.visibilityState === "visible") hurry();
    else void drafts.flush();
  };
  const flushAll = () => void drafts.flush();
  const lost = () => void parts.then(({ connection }) => connection.lost());
  window.addEventListener("online", hurry);
  window.addEventListener("offline", lost);
  window.addEventListener("pagehide", flushAll);
  document.addEventListener("focusout", flushAll);
  document.addEventListener("visibilitychange", onVisibility);
  const standing = setInterval(() => {
    if (attempt.row?.phase !== "invited" || attempt.line !== "online") return;
    tokens.token(true).catch((error: unknown) => {
      const { status, problem } = asProblem(error);
      if (status === 403) happened({ type: "line", line: "closed", problem });
    });
  }, STANDING_MS);

  void start();

  function stop(): void {
    stopped = true;
    left.forEach((each) => each());
    clearInterval(standing);
    cancelWriting();
    window.removeEventListener("online", hurry);
    window.removeEventListener("offline", lost);
    window.removeEventListener("pagehide", flushAll);
    document.removeEventListener("focusout", flushAll);
    document.removeEventListener("visibilitychange", onVisibility);
    void parts.then(({ queue, connection }) => {
      connection.stop();
      queue.close();
    });
  }

  return {
    attempt: () => attempt,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    clock,
    respond(itemId, response, typed) {
      happened({ type: "deed", deed: { kind: "answer", item_id: itemId, response } });
      drafts.take(itemId, response, typed);
    },
    flush: drafts.flush,
    flag(itemId, flagged) {
      happened({ type: "deed", deed: { kind: "flag", item_id: itemId, flagged } });
      void parts.then(({ connection }) => connection.flag(itemId, flagged));
    },
    visit: (itemId) => void parts.then(({ connection }) => connection.visit(itemId)),
    async submit() {
      await drafts.flush();
      await (await parts).connection.submit();
    },
    chat: async (text) => (await parts).connection.chat(text),
    raiseHand: async () => (await parts).connection.raiseHand(),
    typing: createTypist(() => void parts.then(({ connection }) => connection.typing())),
    markRead() {
      const newest = attempt.messages.at(-1)?.number ?? 0;
      tellRead(newestFromProctor(attempt.messages));
      if (newest <= attempt.readUpTo) return;
      sessionStorage.setItem(READ, String(newest));
      happened({ type: "read", upTo: newest });
    },
    signal: (signal, more) => line?.signal(signal, more) ?? false,
    whenWelcome(listener) {
      welcomed.add(listener);
      return () => void welcomed.delete(listener);
    },
    whenLeft: (listener) => void left.add(listener),
    dismissWarning: () => happened({ type: "warning", minutes: null }),
    async forget() {
      kept.write([]);
      await (await parts).queue.clear();
    },
    stop,
  };
}
