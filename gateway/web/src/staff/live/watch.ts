/** One session being watched: line, clock and everything known, behind one object that the components look at. */
import { after } from "../../after";
import { answerOf, type Api } from "../../api/client";
import { asProblem } from "../../api/problem";
import type { TokenKeeper } from "../../api/tokens";
import { createServerClock, type ServerClock } from "../../clock/serverClock";
import { createTypist, WRITING_HOLDS_MS } from "../../thread";
import { createLine, type LineState } from "./line";
import { NOTHING_YET, untold, withArrived, withFrames, withRead, withSnapshot, withThreads, withWriter, withWriterGone, type Live } from "./rows";
import { openSocket } from "./socket";
import type { Frame, Message } from "./types";

export interface Connected {
  line: LineState;
  /** Why the line is closed for good; empty otherwise. */
  problem: string;
  /** The problem of the last snapshot that could not be fetched; it is tried again. */
  snapshotProblem: string;
}

export interface Watch {
  sessionId: string;
  api: Api;
  clock: ServerClock;
  live: () => Live;
  connected: () => Connected;
  subscribe: (listener: () => void) => () => void;
  /** This thread is on the screen: its messages are read. */
  markRead: (participantId: string) => void;
  /** Something is being written in this thread. */
  typing: (participantId: string) => void;
  /** Something was sent from here; shown at once instead of when its frame comes. */
  sent: (message: Message) => void;
  hurry: () => void;
  start: () => void;
  stop: () => void;
}

const FETCH_AGAIN_MS = 3_000;
/** The server's largest page. */
const MESSAGES_AT_ONCE = 200;
/** A page in the background paints no frames; its title and sound still want to know. */
const HIDDEN_MS = 250;

/** Once per painted frame, however many messages came; without painting, four times a second. */
function onNextFrame(run: () => void): () => void {
  if (document.visibilityState === "hidden") return after(HIDDEN_MS, run);
  // The timer stands in when the page is hidden before it paints.
  const paint = requestAnimationFrame(once);
  const cancelTimer = after(HIDDEN_MS, once);
  function cancel() {
    cancelAnimationFrame(paint);
    cancelTimer();
  }
  function once() {
    cancel();
    run();
  }
  return cancel;
}

/** `threads`: whether conversations are wanted too, or only how people stand. `writes`: whether this person answers in them. */
export function createWatch(sessionId: string, me: string, api: Api, tokens: TokenKeeper, { threads = true, writes = false } = {}): Watch {
  const clock = createServerClock();
  const listeners = new Set<() => void>();
  let live = NOTHING_YET;
  let connected: Connected = { line: "connecting", problem: "", snapshotProblem: "" };
  let arrived: Frame[] = [];
  let cancelFrame: (() => void) | null = null;
  let cancelAgain = () => {};
  let fetching = false;
  let fetchOnce = false;
  let stopped = false;
  let telling = false;
  const cancelWriting = new Map<string, () => void>();

  function tell(): void {
    listeners.forEach((each) => each());
  }
  function become(next: Live): void {
    if (next === live || stopped) return;
    live = next;
    tell();
  }
  function say(change: Partial<Connected>): void {
    if (stopped) return;
    connected = { ...connected, ...change };
    tell();
  }

  const line = createLine(
    sessionId,
    { open: openSocket, token: (renew) => tokens.token(renew), clock, monotonic: () => performance.now(), after, random: Math.random },
    { line: (state, problem) => say({ line: state, problem }), watching: fetchAll, resync: fetchAll, frame: take },
  );

  /** That messages came here is told to those who wrote them. Not told, it is told with the next. */
  async function tellArrived(): Promise<void> {
    if (telling || !writes) return;
    telling = true;
    for (let fresh = untold(live); fresh.size > 0 && !stopped; fresh = untold(live)) {
      become(withArrived(live, fresh));
      for (const [participant_id, up_to] of fresh) {
        const params = { path: { session_id: sessionId, participant_id } };
        await api.POST("/api/v1/sessions/{session_id}/threads/{participant_id}/delivered", { params, body: { up_to } }).catch(() => undefined);
      }
    }
    telling = false;
  }

  function someoneWrites(participantId: string, name: string): void {
    cancelWriting.get(participantId)?.();
    become(withWriter(live, participantId, name));
    cancelWriting.set(
      participantId,
      after(WRITING_HOLDS_MS, () => {
        cancelWriting.delete(participantId);
        become(withWriterGone(live, participantId, name));
      }),
    );
  }

  function take(frame: Frame): void {
    if (frame.kind === "typing") {
      if (frame.by.id !== me) someoneWrites(frame.participant_id, frame.by.name);
      return;
    }
    arrived.push(frame);
    cancelFrame ??= onNextFrame(() => {
      cancelFrame = null;
      const frames = arrived;
      arrived = [];
      become(withFrames(live, frames));
      if (frames.some((each) => each.kind === "message")) void tellArrived();
    });
  }

  /** Fetched after the frames began to flow; asked for again while it is on its way, it is fetched once more. */
  function fetchAll(): void {
    cancelAgain();
    fetchOnce = true;
    if (!fetching) void fetchWhileWanted();
  }

  async function fetchWhileWanted(): Promise<void> {
    fetching = true;
    try {
      while (fetchOnce && !stopped) {
        fetchOnce = false;
        await fetchSnapshot();
        if (threads) await fetchThreads();
      }
      say({ snapshotProblem: "" });
    } catch (error) {
      const problem = asProblem(error);
      say({ snapshotProblem: problem.problem });
      if (!stopped) cancelAgain = after(FETCH_AGAIN_MS, fetchAll);
    } finally {
      fetching = false;
    }
  }

  async function fetchSnapshot(): Promise<void> {
    const path = { session_id: sessionId };
    const snapshot = await answerOf(api.GET("/api/v1/sessions/{session_id}/live", { params: { path } }));
    become(withSnapshot(live, snapshot));
  }

  async function fetchThreads(): Promise<void> {
    const path = { session_id: sessionId };
    const messages: Message[] = [];
    let known = live.messages.at(-1)?.number ?? 0;
    let newest = Infinity;
    while (known < newest && !stopped) {
      const query = { after: known, limit: MESSAGES_AT_ONCE };
      const page = await answerOf(api.GET("/api/v1/sessions/{session_id}/messages", { params: { path, query } }));
      messages.push(...(page.messages as Message[]));
      newest = page.messages.length === 0 ? known : page.last_number;
      known = messages.at(-1)?.number ?? known;
    }
    const threads = await answerOf(api.GET("/api/v1/sessions/{session_id}/threads", { params: { path } }));
    become(withThreads(live, messages, threads, me));
    void tellArrived();
  }

  return {
    sessionId,
    api,
    clock,
    live: () => live,
    connected: () => connected,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    markRead(participantId) {
      const upTo = live.messages.findLast((each) => each.kind !== "broadcast" && each.participant_id === participantId)?.number ?? 0;
      if (upTo <= (live.read.get(participantId) ?? 0)) return;
      become(withRead(live, participantId, upTo));
      const path = { session_id: sessionId, participant_id: participantId };
      // Not told, the messages count as unread again after a reload; nothing is lost.
      void api.POST("/api/v1/sessions/{session_id}/threads/{participant_id}/read", { params: { path }, body: { up_to: upTo } }).catch(() => undefined);
    },
    typing: createTypist((participantId: string) => {
      if (writes) line.typing(participantId);
    }),
    sent(message) {
      become(withFrames(live, [{ kind: "message", message }]));
    },
    hurry: line.hurry,
    start() {
      addEventListener("online", line.hurry);
      document.addEventListener("visibilitychange", line.hurry);
      line.start();
    },
    stop() {
      stopped = true;
      removeEventListener("online", line.hurry);
      document.removeEventListener("visibilitychange", line.hurry);
      cancelAgain();
      cancelFrame?.();
      cancelWriting.forEach((cancel) => cancel());
      line.stop();
    },
  };
}
