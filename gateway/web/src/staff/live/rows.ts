/** What the dashboard knows of a session, and how each frame changes it. Pure: no clock, no network. */
import { further, NOWHERE, type Reached } from "../../thread";
import type { Activity, Frame, LiveSnapshot, Message, Outcome, Row, Session, Thread } from "./types";

export interface Live {
  session: Session | null;
  sessionVersion: number;
  rows: ReadonlyMap<string, Row>;
  /** The same rows as a list, made anew only when one of them changed. */
  people: readonly Row[];
  /** Newest first. */
  activities: readonly Activity[];
  /** Oldest first, by number. */
  messages: readonly Message[];
  /** Up to which number each thread was read by whoever looks at the page. */
  read: ReadonlyMap<string, number>;
  /** How far each candidate's own page has got in their thread. */
  theirs: ReadonlyMap<string, Reached>;
  /** What has arrived of each thread on a page of whoever looks at this one. */
  arrived: ReadonlyMap<string, number>;
  /** Who writes in which thread at this moment, by participant. */
  writing: ReadonlyMap<string, string>;
  /** What became of commands given here, for those whose answer came late. */
  outcomes: ReadonlyMap<string, Outcome>;
}

export const NOTHING_YET: Live = {
  session: null,
  sessionVersion: 0,
  rows: new Map(),
  people: [],
  activities: [],
  messages: [],
  read: new Map(),
  theirs: new Map(),
  arrived: new Map(),
  writing: new Map(),
  outcomes: new Map(),
};

/** Older lines are in the session's report; more would only cost memory on a day-long session. */
const ACTIVITIES_KEPT = 1_000;
/** Twice the most people one request can name. */
const OUTCOMES_KEPT = 2_000;

/** What a row may leave out. */
const LEFT_OUT = {
  external_id: null,
  connection_id: null,
  completion_reason: null,
  item_id: null,
  section_id: null,
  began_at: null,
  deadline_at: null,
  remaining_ms: null,
  extended_ms: 0,
  elapsed_ms: 0,
  completes_at: null,
  completed_at: null,
  attempt_number: 1,
  last_seq: 0,
  last_seen_at: null,
  alerts: 0,
  open_alerts: [],
  pause_reason: null,
  responses_digest: null,
} satisfies Partial<Row>;

/** The starting point, fetched after the frames began to flow; what frames said meanwhile is kept where it is newer. */
export function withSnapshot(live: Live, snapshot: LiveSnapshot): Live {
  const known = snapshot.session_version < live.sessionVersion ? live.session : null;
  const moved = known === null ? {} : { state: known.state, started_at: known.started_at ?? null, ended_at: known.ended_at ?? null };
  return {
    ...live,
    session: { ...snapshot.session, ...moved },
    sessionVersion: Math.max(snapshot.session_version, live.sessionVersion),
    ...withRows(live, snapshot.rows as readonly Row[]),
    activities: withActivities(live.activities, snapshot.activities as readonly Activity[]),
  };
}

/** All frames that came since the last look, at once. */
export function withFrames(live: Live, frames: readonly Frame[]): Live {
  const rows: Row[] = [];
  const activities: Activity[] = [];
  const messages: Message[] = [];
  const outcomes: Outcome[] = [];
  let { theirs } = live;
  let { session, sessionVersion } = live;
  for (const frame of frames) {
    switch (frame.kind) {
      case "rows":
        rows.push(...frame.rows);
        break;
      case "activity":
        activities.push(...frame.activities);
        break;
      case "message":
        messages.push(frame.message);
        break;
      case "outcomes":
        // Those with a seq answer what a candidate sent.
        outcomes.push(...frame.outcomes.filter((each) => (each.seq ?? null) === null));
        break;
      case "session":
        if (frame.version <= sessionVersion) break;
        sessionVersion = frame.version;
        if (session !== null)
          session = { ...session, state: frame.state, started_at: frame.started_at ?? null, ended_at: frame.ended_at ?? null };
        break;
      case "marks":
        if (frame.reader.kind !== "candidate") break;
        theirs = withReached(theirs, frame.participant_id, { delivered: frame.delivered_up_to, read: frame.read_up_to });
        break;
      case "warning":
      case "typing":
        break;
    }
  }
  return {
    ...live,
    session,
    sessionVersion,
    ...withRows(live, rows),
    activities: withActivities(live.activities, activities),
    messages: withMessages(live.messages, messages),
    theirs,
    writing: messages.reduce((writing, { participant_id, sender }) => withoutWriter(writing, participant_id ?? null, sender.name), live.writing),
    outcomes: withOutcomes(live.outcomes, outcomes),
  };
}

/** Threads tell how many of their newest messages were not read; from then on the page counts by itself. */
export function withThreads(live: Live, messages: readonly Message[], threads: readonly Thread[], me: string): Live {
  const all = withMessages(live.messages, messages);
  const read = new Map(live.read);
  const arrived = new Map(live.arrived);
  let { theirs } = live;
  for (const { participant_id, unread, arrived_up_to, delivered_up_to, read_up_to } of threads) {
    arrived.set(participant_id, Math.max(arrived_up_to, arrived.get(participant_id) ?? 0));
    theirs = withReached(theirs, participant_id, { delivered: delivered_up_to, read: read_up_to });
    const numbers = all.filter((each) => isInThread(each, participant_id) && each.sender.id !== me).map((each) => each.number);
    const upTo = unread === 0 ? (numbers.at(-1) ?? 0) : (numbers.at(-unread - 1) ?? 0);
    read.set(participant_id, Math.max(upTo, read.get(participant_id) ?? 0));
  }
  return { ...live, messages: all, read, arrived, theirs };
}

/** Threads in which something newer has come here than was told, with its number. */
export function untold(live: Pick<Live, "messages" | "arrived">): Map<string, number> {
  const newest = new Map<string, number>();
  for (const { kind, participant_id, sender, number } of live.messages) {
    if (kind === "broadcast" || participant_id === null || sender.kind !== "candidate") continue;
    if (number > (live.arrived.get(participant_id) ?? 0)) newest.set(participant_id, number);
  }
  return newest;
}

export const withArrived = (live: Live, told: ReadonlyMap<string, number>): Live =>
  told.size === 0 ? live : { ...live, arrived: new Map([...live.arrived, ...told]) };

export const withWriter = (live: Live, participantId: string, name: string): Live => ({
  ...live,
  writing: new Map(live.writing).set(participantId, name),
});

export const withWriterGone = (live: Live, participantId: string, name: string): Live => ({
  ...live,
  writing: withoutWriter(live.writing, participantId, name),
});

export function withRead(live: Live, participantId: string, upTo: number): Live {
  if ((live.read.get(participantId) ?? 0) >= upTo) return live;
  return { ...live, read: new Map(live.read).set(participantId, upTo) };
}

export interface Conversation {
  participantId: string;
  last: Message;
  unread: number;
  /** An unread message asks for help without words. */
  handRaised: boolean;
}

/** Threads with their newest message, the most recent first. */
export function conversations(live: Pick<Live, "messages" | "read">, me: string): Conversation[] {
  const found = new Map<string, Conversation>();
  for (const message of live.messages) {
    const id = message.participant_id;
    if (id === null || message.kind === "broadcast") continue;
    const before = found.get(id);
    const isNew = message.sender.id !== me && message.sender.kind === "candidate" && message.number > (live.read.get(id) ?? 0);
    found.set(id, {
      participantId: id,
      last: message,
      unread: (before?.unread ?? 0) + (isNew ? 1 : 0),
      handRaised: (before?.handRaised ?? false) || (isNew && message.kind === "hand_raised"),
    });
  }
  return [...found.values()].sort((one, other) => other.last.number - one.last.number);
}

export const isInThread = (message: Message, participantId: string): boolean =>
  message.kind !== "broadcast" && message.participant_id === participantId;

/** Whether the person got the message: their own thread, and the announcements that reached them. */
export function reached(message: Message, participantId: string): boolean {
  if (message.kind !== "broadcast") return message.participant_id === participantId;
  return message.recipients === null || message.recipients.includes(participantId);
}

function withReached(known: ReadonlyMap<string, Reached>, participantId: string, reached: Reached): ReadonlyMap<string, Reached> {
  const before = known.get(participantId) ?? NOWHERE;
  const now = further(before, reached);
  return now === before ? known : new Map(known).set(participantId, now);
}

function withoutWriter(known: ReadonlyMap<string, string>, participantId: string | null, name: string): ReadonlyMap<string, string> {
  if (participantId === null || known.get(participantId) !== name) return known;
  return new Map([...known].filter(([id]) => id !== participantId));
}

function withRows(live: Live, changed: readonly Row[]): Pick<Live, "rows" | "people"> {
  let rows: Map<string, Row> | null = null;
  for (const row of changed) {
    const known = (rows ?? live.rows).get(row.participant_id);
    if (known !== undefined && known.version >= row.version) continue;
    rows ??= new Map(live.rows);
    rows.set(row.participant_id, { ...LEFT_OUT, ...row });
  }
  return rows === null ? { rows: live.rows, people: live.people } : { rows, people: [...rows.values()] };
}

function withActivities(known: readonly Activity[], more: readonly Activity[]): readonly Activity[] {
  if (more.length === 0) return known;
  const ids = new Set(known.map((each) => each.activity_id));
  const fresh = more.filter((each) => !ids.has(each.activity_id) && ids.add(each.activity_id));
  if (fresh.length === 0) return known;
  const whole = fresh.map((each) => ({ ...NOT_SAID, ...each }));
  return [...whole, ...known].sort((one, other) => compare(other.at, one.at)).slice(0, ACTIVITIES_KEPT);
}

/** What an activity may leave out. */
const NOT_SAID = { participant_id: null, name: null, by: null, severity: "notice", kind: null, note: null, seconds: null, attempt_number: null } satisfies Partial<Activity>;

function withMessages(known: readonly Message[], more: readonly Message[]): readonly Message[] {
  if (more.length === 0) return known;
  const numbers = new Set(known.map((each) => each.number));
  const fresh = more.filter((each) => !numbers.has(each.number) && numbers.add(each.number));
  if (fresh.length === 0) return known;
  const whole = fresh.map((each) => ({ ...UNADDRESSED, ...each }));
  return [...known, ...whole].sort((one, other) => one.number - other.number);
}

/** What a message may leave out. */
const UNADDRESSED = { participant_id: null, filter: null, recipients: null } satisfies Partial<Message>;

function withOutcomes(known: ReadonlyMap<string, Outcome>, more: readonly Outcome[]): ReadonlyMap<string, Outcome> {
  if (more.length === 0) return known;
  const all = [...known, ...more.map((each): [string, Outcome] => [each.command_id, { ...UNREMARKED, ...each }])];
  return new Map(all.slice(-OUTCOMES_KEPT));
}

/** What an outcome may leave out. */
const UNREMARKED = { problem: null, detail: null, seq: null } satisfies Partial<Outcome>;

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);
