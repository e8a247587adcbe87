/** The attempt as the page knows it: a pure reducer over what the server says and what the candidate does. */
import type { AssessmentForm, AttemptView, CandidateSession, Message, Response, Row } from "../api/types";
import { further, NOWHERE, type Reached } from "../thread";
import type { Line, Refusal } from "./connection";
import type { Deed } from "./queue";

export type Responses = Readonly<Record<string, Response>>;

export interface Attempt {
  line: Line;
  /** Why the line is closed for good. */
  lineProblem: string | null;
  row: Row | null;
  responses: Responses;
  flagged: ReadonlySet<string>;
  /** Deeds the server has not acknowledged, and whether something typed is not even a deed yet. */
  unsaved: number;
  drafting: boolean;
  /** Item id -> the problem for which its newest answer was refused for good. */
  refused: Readonly<Record<string, string>>;
  messages: readonly Message[];
  readUpTo: number;
  /** How far proctors have got in this thread. */
  proctors: Reached;
  /** The proctor who writes at this moment. */
  writing: string | null;
  warningMinutes: number | null;
  session: CandidateSession | null;
  form: AssessmentForm | null;
  formProblem: string | null;
  /** False when this browser refuses to keep things: what is unsaved then lives only as long as the page. */
  durable: boolean;
}

export type Happening =
  | { type: "line"; line: Line; problem: string | null }
  | { type: "welcome"; attempt: AttemptView; pending: readonly Deed[] }
  | { type: "row"; row: Row }
  | { type: "deed"; deed: Deed }
  | { type: "unsaved"; count: number }
  | { type: "drafting"; drafting: boolean }
  | { type: "refused"; refusal: Refusal }
  | { type: "messages"; messages: readonly Message[] }
  | { type: "read"; upTo: number }
  | { type: "marks"; proctors: Reached }
  | { type: "writing"; name: string | null }
  | { type: "warning"; minutes: number | null }
  | { type: "session"; session: CandidateSession }
  | { type: "form"; form: AssessmentForm }
  | { type: "form-refused"; problem: string };

export const NOTHING_YET: Attempt = {
  line: "connecting",
  lineProblem: null,
  row: null,
  responses: {},
  flagged: new Set(),
  unsaved: 0,
  drafting: false,
  refused: {},
  messages: [],
  readUpTo: 0,
  proctors: NOWHERE,
  writing: null,
  warningMinutes: null,
  session: null,
  form: null,
  formProblem: null,
  durable: true,
};

export function attemptAfter(attempt: Attempt, happening: Happening): Attempt {
  switch (happening.type) {
    case "line":
      return { ...attempt, line: happening.line, lineProblem: happening.problem };
    case "welcome":
      return welcomed(attempt, happening.attempt, happening.pending);
    case "row":
      return withRow(attempt, happening.row);
    case "deed":
      return withDeed(attempt, happening.deed);
    case "unsaved":
      return { ...attempt, unsaved: happening.count };
    case "drafting":
      return { ...attempt, drafting: happening.drafting };
    case "refused":
      return withRefusal(attempt, happening.refusal);
    case "messages":
      return withMessages(attempt, happening.messages);
    case "read":
      return { ...attempt, readUpTo: Math.max(attempt.readUpTo, happening.upTo) };
    case "marks":
      return { ...attempt, proctors: further(attempt.proctors, happening.proctors) };
    case "writing":
      return { ...attempt, writing: happening.name };
    case "warning":
      return { ...attempt, warningMinutes: happening.minutes };
    case "session":
      return { ...attempt, session: happening.session };
    case "form":
      return { ...attempt, form: happening.form, formProblem: null };
    case "form-refused":
      return { ...attempt, formProblem: happening.problem };
  }
}

/** The server's word on everything, except for what it has not heard yet. */
function welcomed(attempt: Attempt, view: AttemptView, pending: readonly Deed[]): Attempt {
  const responses = Object.fromEntries(view.responses.map((each) => [each.item_id, each.response]));
  const told: Attempt = { ...withRow(attempt, view.row), responses, flagged: new Set(view.flagged_items) };
  return pending.reduce(withDeed, told);
}

function withRow(attempt: Attempt, row: Row): Attempt {
  if (attempt.row !== null && row.version < attempt.row.version) return attempt;
  return { ...attempt, row, warningMinutes: row.phase === "active" ? attempt.warningMinutes : null };
}

function withDeed(attempt: Attempt, deed: Deed): Attempt {
  if (deed.kind === "flag") {
    const flagged = new Set(attempt.flagged);
    if (deed.flagged) flagged.add(deed.item_id);
    else flagged.delete(deed.item_id);
    return { ...attempt, flagged };
  }
  const responses: Record<string, Response> = without(attempt.responses, deed.item_id);
  if (deed.response !== null) responses[deed.item_id] = deed.response as Response;
  return { ...attempt, responses, refused: without(attempt.refused, deed.item_id) };
}

function withRefusal(attempt: Attempt, { entry, problem }: Refusal): Attempt {
  if (entry?.kind !== "answer") return attempt;
  return { ...attempt, refused: { ...attempt.refused, [entry.item_id]: problem } };
}

/** Whoever wrote has sent it now. */
function withMessages(attempt: Attempt, more: readonly Message[]): Attempt {
  const writing = more.some((each) => each.sender.kind === "staff") ? null : attempt.writing;
  return { ...attempt, messages: mergedMessages(attempt.messages, more), writing };
}

function mergedMessages(known: readonly Message[], more: readonly Message[]): Message[] {
  const byNumber = new Map([...known, ...more].map((each) => [each.number, each]));
  return [...byNumber.values()].sort((one, other) => one.number - other.number);
}

function without<Value>(record: Readonly<Record<string, Value>>, key: string): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).filter(([each]) => each !== key));
}

// Questions about an attempt

export type Saving = "saved" | "saving" | "offline";

export function savingOf(attempt: Attempt): Saving {
  if (attempt.line !== "online") return "offline";
  return attempt.unsaved > 0 || attempt.drafting ? "saving" : "saved";
}

/** The newest message in the thread from a proctor; announcements are not in it. */
export function newestFromProctor(messages: readonly Message[]): number {
  return messages.findLast((each) => each.kind !== "broadcast" && each.sender.kind === "staff")?.number ?? 0;
}

/** Messages of others that were not looked at yet. */
export function unreadOf(attempt: Attempt): Message[] {
  return attempt.messages.filter((each) => each.number > attempt.readUpTo && each.sender.kind !== "candidate");
}

export interface Place {
  itemId: string;
  sectionId: string;
  /** Counted from 1 through the whole form. */
  number: number;
}

export function placesOf(form: AssessmentForm): Place[] {
  const flat = form.sections.flatMap((section) => section.items.map((item) => ({ itemId: item.item_id, sectionId: section.section_id })));
  return flat.map((each, index) => ({ ...each, number: index + 1 }));
}
