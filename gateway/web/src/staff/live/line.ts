/**
 * The dashboard's line to the gateway: one WebSocket that watches one session and is made anew whenever it breaks.
 *
 * It says `watching` after every (re)connection: whoever listens fetches the snapshot then, because frames may have
 * been missed before.
 */
import { Problem } from "../../api/problem";
import type { ServerClock } from "../../clock/serverClock";
import type { Frame, FromStaff, ToStaff } from "./types";

/** The part of WebSocket that is used, so that tests can stand in for it. */
export interface Socket {
  send: (text: string) => void;
  close: () => void;
  onopen: (() => void) | null;
  onmessage: ((event: { data: string }) => void) | null;
  onclose: (() => void) | null;
}

/** `offline`: several tries failed. `closed`: trying again is of no use, the problem says why. */
export type LineState = "connecting" | "live" | "reconnecting" | "offline" | "closed";

export interface Surroundings {
  open: () => Socket;
  /** A valid access token; renewed when `renew` says that the last one was refused. */
  token: (renew: boolean) => Promise<string>;
  clock: ServerClock;
  monotonic: () => number;
  after: (ms: number, run: () => void) => () => void;
  random: () => number;
}

export interface Events {
  line: (state: LineState, problem: string) => void;
  watching: () => void;
  frame: (frame: Frame) => void;
  /** Frames may have been missed: fetch the snapshot. */
  resync: () => void;
}

export interface Line {
  start: () => void;
  /** The network is back, or the page is visible again: do not wait for the next try. */
  hurry: () => void;
  /** Somebody here writes in a thread; lost when the line is down, which is no loss. */
  typing: (participantId: string) => void;
  stop: () => void;
}

const WELCOME_WITHIN_MS = 10_000;
/** Two beats unanswered and a margin: the line is dead even if nobody said so. */
const SILENCE_MS = 25_000;
const FIRST_RETRY_MS = 500;
/** Short, because somebody sits in front of the page and waits. */
const LAST_RETRY_MS = 8_000;
/** A gateway that restarts is back before this many tries; after them the page says that nobody answers. */
const TRIES_UNTIL_OFFLINE = 4;
/** HTTP statuses of a token's renewal that will not change by trying again. */
const FINAL: ReadonlySet<number> = new Set([401, 403]);
const TOKEN_REFUSED = new Set(["sign-in-expired", "not-signed-in"]);

export function createLine(sessionId: string, around: Surroundings, events: Events): Line {
  let socket: Socket | null = null;
  let state: LineState = "connecting";
  let stopped = false;
  let connecting = false;
  let failures = 0;
  let renew = false;
  let said = "";
  let heardAt = 0;
  let helloAt = 0;
  let beats = 0;
  let beatMs = 10_000;
  const beatSentAt = new Map<string, number>();
  const nothing = () => {};
  let cancelRetry = nothing;
  let cancelBeat = nothing;
  let cancelWelcome = nothing;
  let cancelWatch = nothing;

  function say(next: LineState, problem = ""): void {
    state = next;
    events.line(next, problem);
  }

  function post(message: FromStaff): void {
    socket?.send(JSON.stringify(message));
  }

  async function connect(): Promise<void> {
    cancelRetry();
    if (stopped || socket !== null || connecting) return;
    connecting = true;
    try {
      said = await around.token(renew);
      renew = false;
    } catch (error) {
      if (error instanceof Problem && FINAL.has(error.status)) finish(error.problem);
      else retry();
      return;
    } finally {
      connecting = false;
    }
    if (!isWanted()) return;
    const opened = around.open();
    socket = opened;
    cancelWelcome = around.after(WELCOME_WITHIN_MS, () => drop(opened));
    opened.onopen = () => {
      helloAt = around.monotonic();
      post({ type: "hello", token: said });
    };
    opened.onclose = () => drop(opened);
    opened.onmessage = ({ data }) => {
      if (socket !== opened) return;
      heardAt = around.monotonic();
      hear(JSON.parse(data) as ToStaff);
    };
  }

  /** Asked again after each wait: the page may have been left meanwhile. */
  function isWanted(): boolean {
    return !stopped && socket === null;
  }

  function drop(which: Socket, retryAfterMs?: number): void {
    if (socket !== which) return;
    socket = null;
    cancelWelcome();
    cancelBeat();
    cancelWatch();
    which.onclose = which.onmessage = which.onopen = null;
    which.close();
    if (state !== "closed" && !stopped) retry(retryAfterMs);
  }

  function retry(afterMs?: number): void {
    failures += 1;
    if (failures >= TRIES_UNTIL_OFFLINE) say("offline");
    else if (state !== "connecting") say("reconnecting");
    const backOff = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1));
    // Half of it is chance, so that all dashboards do not return in one instant.
    cancelRetry = around.after(afterMs ?? backOff / 2 + (around.random() * backOff) / 2, () => void connect());
  }

  function hear(message: ToStaff): void {
    switch (message.type) {
      case "welcome":
        cancelWelcome();
        beatMs = message.beat_seconds * 1000;
        around.clock.observe(helloAt, Date.parse(message.server_time));
        post({ type: "watch", session_id: sessionId });
        { beat(); return; }
      case "watching":
        failures = 0;
        say("live");
        { events.watching(); return; }
      case "frame":
        { events.frame(message.frame); return; }
      case "resync":
        { events.resync(); return; }
      case "refused":
        { refused(message.problem, message.retry_after_s ?? null); return; }
      case "beat":
        { beatAnswered(message.id ?? null, message.server_time); return; }
      case "bye":
        { dismissed(message.problem, message.retry_after_s ?? null); return; }
    }
  }

  function beat(): void {
    if (socket === null) return;
    if (around.monotonic() - heardAt > SILENCE_MS) { drop(socket); return; }
    const id = `b${(beats += 1)}`;
    beatSentAt.set(id, around.monotonic());
    if (beatSentAt.size > 5) beatSentAt.delete(beatSentAt.keys().next().value ?? "");
    post({ type: "beat", id });
    void freshHello();
    cancelBeat = around.after(beatMs, beat);
  }

  /** The gateway closes a line whose token ended: a renewed one is said before that. */
  async function freshHello(): Promise<void> {
    const through = socket;
    try {
      const token = await around.token(false);
      if (token === said || socket !== through) return;
      said = token;
      post({ type: "hello", token });
    } catch (error) {
      if (error instanceof Problem && FINAL.has(error.status)) finish(error.problem);
    }
  }

  function beatAnswered(id: string | null, serverTime: string): void {
    const sentAt = id === null ? undefined : beatSentAt.get(id);
    if (id === null || sentAt === undefined) return;
    beatSentAt.delete(id);
    around.clock.observe(sentAt, Date.parse(serverTime));
  }

  function refused(problem: string, retryAfterS: number | null): void {
    if (retryAfterS === null) { finish(problem); return; }
    cancelWatch = around.after(retryAfterS * 1000, () => post({ type: "watch", session_id: sessionId }));
  }

  function dismissed(problem: string, retryAfterS: number | null): void {
    if (TOKEN_REFUSED.has(problem)) renew = true;
    else if (retryAfterS === null) { finish(problem); return; }
    if (socket !== null) drop(socket, retryAfterS === null ? undefined : retryAfterS * 1000);
  }

  function finish(problem: string): void {
    say("closed", problem);
    if (socket !== null) drop(socket);
  }

  return {
    start: () => void connect(),
    hurry() {
      if (state !== "reconnecting" && state !== "offline") return;
      failures = 0;
      void connect();
    },
    typing(participantId) {
      if (state === "live") post({ type: "typing", session_id: sessionId, participant_id: participantId });
    },
    stop() {
      stopped = true;
      cancelRetry();
      if (socket !== null) drop(socket);
    },
  };
}
