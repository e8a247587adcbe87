import { describe, expect, it } from "vitest";
import { isUrgent, openAlerts, rememberedAlerts } from "./alerts";
import { balances } from "./balance";
import { portions, summary } from "./intervening";
import { found } from "./model";
import {
  conversations,
  NOTHING_YET,
  reached,
  untold,
  withArrived,
  withFrames,
  withRead,
  withSnapshot,
  withThreads,
  withWriter,
  withWriterGone,
  type Live,
} from "./rows";
import { arrivalOf, NOWHERE } from "../../thread";
import { extended, NOBODY, toggled, wholeToggled } from "./selection";
import { clockFace, elapsedMs, remainingMs, signedClock, tally } from "./tally";
import type { Activity, Frame, LiveSnapshot, Message, OpenAlert, Row } from "./types";

const row = (participant_id: string, version: number, change: Partial<Row> = {}): Row =>
  ({ participant_id, version, name: participant_id, status: "In Session", phase: "active", connected: true, answered: 0, total: 10, flagged: 0, limit_ms: 3_600_000, ...change }) as Row;
const rows = (...list: Row[]): Frame => ({ kind: "rows", rows: list });
const activity = (activity_id: string, at: string, change: Partial<Activity> = {}): Activity =>
  ({ activity_id, at, type: "attempt.began", summary: activity_id, participant_id: null, name: null, by: null, severity: "notice", kind: null, note: null, seconds: null, attempt_number: null, ...change });
const message = (number: number, from: "candidate" | "staff", change: Partial<Message> = {}): Message =>
  ({
    message_id: `m${number}`,
    number,
    session_id: "s1",
    kind: "chat",
    participant_id: "p1",
    sender: { kind: from, id: from === "staff" ? "me" : "p1", name: from },
    text: `text ${number}`,
    sent_at: `2026-11-23T09:00:0${number}.000Z`,
    filter: null,
    recipients: null,
    ...change,
  });
const snapshot = (list: Row[], change: Partial<LiveSnapshot> = {}): LiveSnapshot =>
  ({ session: { session_id: "s1", state: "running" }, session_version: 3, rows: list, activities: [], taken_at: "", ...change }) as unknown as LiveSnapshot;

describe("rows", () => {
  it("keep the highest version, whatever the order in which they arrive", () => {
    const live = withFrames(NOTHING_YET, [rows(row("p1", 2, { answered: 5 })), rows(row("p1", 1, { answered: 4 }), row("p2", 1))]);
    expect(live.rows.get("p1")?.answered).toBe(5);
    expect(live.people).toHaveLength(2);
  });

  it("that were left out of a snapshot's past do not undo what a frame said meanwhile", () => {
    const early = withFrames(NOTHING_YET, [rows(row("p1", 7, { answered: 7 }))]);
    const live = withSnapshot(early, snapshot([row("p1", 6, { answered: 6 }), row("p2", 1)]));
    expect(live.rows.get("p1")?.answered).toBe(7);
    expect(live.rows.has("p2")).toBe(true);
  });

  it("stay the same objects when nothing about them changed", () => {
    const before = withSnapshot(NOTHING_YET, snapshot([row("p1", 1), row("p2", 1)]));
    const after = withFrames(before, [rows(row("p2", 2), row("p1", 1))]);
    expect(after.rows.get("p1")).toBe(before.rows.get("p1"));
    expect(after.rows.get("p2")).not.toBe(before.rows.get("p2"));
    expect(withFrames(after, [rows(row("p1", 1))]).people).toBe(after.people);
  });

  it("get what a message may leave out", () => {
    expect(withFrames(NOTHING_YET, [rows(row("p1", 1))]).rows.get("p1")).toMatchObject({ deadline_at: null, alerts: 0, attempt_number: 1 });
  });

  it("of a thousand people are all taken in, in the same order", () => {
    const many = Array.from({ length: 1_000 }, (_, index) => row(`p${index}`, 1));
    const live = withSnapshot(NOTHING_YET, snapshot(many));
    const next = withFrames(live, [rows(...many.map((each) => ({ ...each, version: 2 })))]);
    expect(next.people.every((each) => each.version === 2)).toBe(true);
    expect(next.people.map((each) => each.participant_id)).toEqual(live.people.map((each) => each.participant_id));
  });
});

describe("the session", () => {
  const begun = withSnapshot(NOTHING_YET, snapshot([]));

  it("follows newer versions only", () => {
    const paused = withFrames(begun, [{ kind: "session", session_id: "s1", version: 4, state: "paused" } as Frame]);
    expect(paused.session?.state).toBe("paused");
    const old = withFrames(paused, [{ kind: "session", session_id: "s1", version: 3, state: "running" } as Frame]);
    expect(old.session?.state).toBe("paused");
  });

  it("is not set back by an older snapshot, whose other fields it takes", () => {
    const paused = withFrames(begun, [{ kind: "session", session_id: "s1", version: 9, state: "paused" } as Frame]);
    expect(withSnapshot(paused, snapshot([])).session?.state).toBe("paused");
  });
});

describe("activities and outcomes", () => {
  it("are each listed once, newest first", () => {
    const [one, two] = [activity("a1", "2026-01-01T10:00:00Z"), activity("a2", "2026-01-01T11:00:00Z")];
    const live = withFrames(NOTHING_YET, [
      { kind: "activity", activities: [one] },
      { kind: "activity", activities: [two, one] },
    ]);
    expect(live.activities.map((each) => each.activity_id)).toEqual(["a2", "a1"]);
  });

  it("that come late settle what was unknown; refusals of answers are not among them", () => {
    const frame = { kind: "outcomes", outcomes: [{ command_id: "c1", participant_id: "p1" }, { command_id: "c2", participant_id: "p1", seq: 4, problem: "time-is-up" }] } as Frame;
    const live = withFrames(NOTHING_YET, [frame]);
    expect([...live.outcomes.keys()]).toEqual(["c1"]);
    const answer = [
      { command_id: "c1", participant_id: "p1", problem: "outcome-unknown", detail: null, seq: null },
      { command_id: "c3", participant_id: "p2", problem: "attempt-complete", detail: "", seq: null },
    ];
    const settled = summary(answer, live.outcomes);
    expect([settled.applied, settled.unknown.length, settled.refused.map((each) => each.participant_id)]).toEqual([1, 0, ["p2"]]);
  });

  it("of more people than one request takes come from several", () => {
    const ids = Array.from({ length: 2_500 }, (_, index) => `p${index}`);
    expect(portions(ids).map((each) => each?.length)).toEqual([1_000, 1_000, 500]);
    expect(portions(null)).toEqual([null]);
  });
});

describe("conversations", () => {
  const said = [message(1, "candidate"), message(2, "staff"), message(3, "candidate"), message(4, "candidate", { kind: "hand_raised", text: "" })];

  it("count as unread what the server says, and what comes later", () => {
    const thread = { participant_id: "p1", unread: 2, last_message: said[3] } as never;
    const live = withThreads(NOTHING_YET, said, [thread], "me");
    expect(conversations(live, "me")[0]).toMatchObject({ unread: 2, handRaised: true });
    const more = withFrames(live, [{ kind: "message", message: message(5, "candidate") }]);
    expect(conversations(more, "me")[0]?.unread).toBe(3);
    expect(conversations(withRead(more, "p1", 5), "me")[0]).toMatchObject({ unread: 0, handRaised: false });
  });

  it("have nothing unread in what staff wrote", () => {
    const live = withFrames(NOTHING_YET, [{ kind: "message", message: message(1, "staff") }]);
    expect(conversations(live, "somebody else")[0]?.unread).toBe(0);
  });

  it("show each message once and leave out announcements to others", () => {
    const live = withFrames(NOTHING_YET, said.concat(said).map((each) => ({ kind: "message", message: each })));
    expect(live.messages).toHaveLength(4);
    const narrow = message(6, "staff", { kind: "broadcast", participant_id: null, recipients: ["p2"] });
    expect([reached(narrow, "p1"), reached(narrow, "p2")]).toEqual([false, true]);
  });
});

describe("alerts", () => {
  const away = (id: string) => activity(`d-${id}`, "2026-01-01T10:00:00Z", { type: "attempt.disconnected", severity: "warning", participant_id: id, name: id });
  const world = (people: Row[], activities: Activity[]): Live => withSnapshot(NOTHING_YET, snapshot(people, { activities }));

  it("about a lost connection go away when the person is back", () => {
    const gone = world([row("p1", 1, { connected: false })], [away("p1")]);
    expect(openAlerts(gone, new Set(), "me")).toHaveLength(1);
    const back = withFrames(gone, [rows(row("p1", 2))]);
    expect(openAlerts(back, new Set(), "me")).toHaveLength(0);
  });

  it("about many lost connections are one", () => {
    const ids = Array.from({ length: 40 }, (_, index) => `p${index}`);
    const live = world(ids.map((id) => row(id, 1, { connected: false })), ids.map(away));
    const [only, ...more] = openAlerts(live, new Set(), "me");
    expect(more).toHaveLength(0);
    expect(only?.covers).toHaveLength(40);
    expect(openAlerts(live, new Set(only?.covers), "me")).toHaveLength(0);
  });

  const open = (id: string, change: Partial<OpenAlert> = {}): OpenAlert => ({
    alert_id: id,
    kind: "focus_lost",
    severity: "warning",
    count: 1,
    seconds: 5,
    raised_at: "2026-01-01T10:00:00.000Z",
    last_at: "2026-01-01T10:00:00.000Z",
    ...change,
  });

  it("raised by rules are those of the rows, and staff's own deeds are none", () => {
    const own = activity("a2", "2026-01-01T10:00:00Z", { type: "incident.recorded", severity: "warning" });
    const live = world([row("p1", 1, { alerts: 1, open_alerts: [open("a1")] }), row("p2", 1)], [own]);
    expect(openAlerts(live, new Set(["a1"]), "me").map((each) => each.id)).toEqual(["a1"]);
    const seenTo = withFrames(live, [rows(row("p1", 2))]);
    expect(openAlerts(seenTo, new Set(), "me")).toHaveLength(0);
  });

  it("are another list when one of them goes on, and the same list when only answers came", () => {
    const alertsOf = rememberedAlerts([], "me");
    const live = world([row("p1", 1, { alerts: 1, open_alerts: [open("a1")] })], []);
    const before = alertsOf(live);
    const answered = withFrames(live, [rows(row("p1", 2, { answered: 3, alerts: 1, open_alerts: [open("a1")] }))]);
    expect(alertsOf(answered)).toBe(before);
    const again = withFrames(answered, [rows(row("p1", 3, { alerts: 1, open_alerts: [open("a1", { count: 3, seconds: 41 })] }))]);
    expect(alertsOf(again)[0]?.raised).toMatchObject({ count: 3, seconds: 41 });
  });

  it("come by how urgent they are, and among equals the newest first", () => {
    const at = (raised_at: string, severity: OpenAlert["severity"]): OpenAlert => open(`${severity} ${raised_at}`, { raised_at: `2026-01-01T${raised_at}:00.000Z`, severity });
    const alerts = [at("10:00", "notice"), at("09:00", "critical"), at("10:01", "warning"), at("10:02", "warning"), at("10:05", "notice")];
    const asking = message(1, "candidate", { kind: "hand_raised", participant_id: "p2", sent_at: "2026-01-01T08:00:00.000Z" });
    const seated = world([row("p1", 1, { alerts: alerts.length, open_alerts: alerts }), row("p2", 1)], []);
    const live = withFrames(seated, [{ kind: "message", message: asking }]);
    expect(openAlerts(live, new Set(), "me").map((each) => (each.kind === "hand" ? "hand" : each.id))).toEqual([
      "critical 09:00",
      "hand",
      "warning 10:02",
      "warning 10:01",
      "notice 10:05",
      "notice 10:00",
    ]);
  });

  it("are heard when they are critical or somebody asks for help", () => {
    const live = world([row("p1", 1, { alerts: 2, open_alerts: [open("a1"), open("a2", { severity: "critical" })] })], []);
    expect(openAlerts(live, new Set(), "me").filter(isUrgent).map((each) => each.id)).toEqual(["a2"]);
  });
});

describe("numbers", () => {
  it("leave the removed out of what was expected", () => {
    const people = [row("p1", 1, { status: "Complete", phase: "complete" }), row("p2", 1), row("p3", 1, { status: "Removed" }), row("p4", 1, { status: "Invited", connected: false })];
    const numbers = tally(withFrames(NOTHING_YET, [rows(...people)]).people);
    expect(numbers).toMatchObject({ everybody: 4, participationPercent: 66, completionPercent: 33 });
    expect(numbers.by.Removed).toBe(1);
  });

  it("count time down while the clock runs and hold it while it stands", () => {
    const now = Date.parse("2026-11-23T09:30:00Z");
    const whole = { extended_ms: 0, elapsed_ms: 0, deadline_at: "2026-11-23T10:00:00Z", began_at: "2026-11-23T09:00:00Z", remaining_ms: null };
    expect(remainingMs(row("p1", 1, whole), now)).toBe(1_800_000);
    expect(elapsedMs(row("p1", 1, whole), now)).toBe(1_800_000);
    const standing = row("p1", 1, { ...whole, deadline_at: null, remaining_ms: 60_000, elapsed_ms: 5_000 });
    expect([remainingMs(standing, now), elapsedMs(standing, now)]).toEqual([60_000, 5_000]);
  });

  it("read as a clock, to the millisecond in a ledger", () => {
    expect([clockFace(3_729_000), clockFace(1), clockFace(-5)]).toEqual(["1:02:09", "0:01", "0:00"]);
    expect([signedClock(-723_045), signedClock(300_000)]).toEqual(["−12:03.045", "+5:00"]);
  });

  it("of a ledger add up line by line", () => {
    const ledger = [3_600_000, -900_123, 300_000].map((milliseconds) => ({ milliseconds })) as never;
    expect(balances(ledger).lines.map((each) => each.after)).toEqual([3_600_000, 2_699_877, 2_999_877]);
    expect(balances(ledger).balanceMs).toBe(2_999_877);
  });
});

describe("marks", () => {
  const marks = (kind: "candidate" | "staff", delivered_up_to: number, read_up_to: number): Frame => ({
    kind: "marks",
    participant_id: "p1",
    reader: { kind, id: kind, name: kind },
    delivered_up_to,
    read_up_to,
  });
  const thread = { participant_id: "p1", unread: 1, arrived_up_to: 2, delivered_up_to: 3, read_up_to: 1, last_message: message(5, "candidate") };

  it("tell how far messages have got with the candidate, and never go back", () => {
    const live = withFrames(withThreads(NOTHING_YET, [], [thread], "me"), [marks("candidate", 2, 2), marks("staff", 9, 9)]);
    expect([2, 3, 4].map((number) => arrivalOf(number, live.theirs.get("p1") ?? NOWHERE))).toEqual(["read", "delivered", "sent"]);
  });

  it("are told for what candidates wrote, once, and not for what had arrived before", () => {
    const all = [message(1, "candidate"), message(2, "staff"), message(5, "candidate"), message(6, "candidate", { participant_id: "p2" })];
    const live = withThreads(NOTHING_YET, all, [thread], "me");
    expect([...untold(live)]).toEqual([["p1", 5], ["p2", 6]]);
    expect(untold(withArrived(live, untold(live))).size).toBe(0);
  });

  it("and writers: whoever wrote has sent it now", () => {
    const writing = withWriter(NOTHING_YET, "p1", "candidate");
    expect(withFrames(writing, [{ kind: "message", message: message(1, "staff") }]).writing.size).toBe(1);
    expect(withFrames(writing, [{ kind: "message", message: message(1, "candidate") }]).writing.size).toBe(0);
    expect(withWriterGone(writing, "p1", "somebody else").writing.size).toBe(1);
  });
});

describe("choosing", () => {
  const order = ["a", "b", "c", "d"];

  it("takes a range in the order on the screen, in either direction", () => {
    const from = toggled(NOBODY, "c");
    expect([...extended(from, "a", order).chosen].sort()).toEqual(["a", "b", "c"]);
    expect([...extended(NOBODY, "b", order).chosen]).toEqual(["b"]);
  });

  it("takes all shown, then none of them, and leaves others alone", () => {
    const some = { chosen: new Set(["z"]), anchor: null };
    const all = wholeToggled(some, order);
    expect(all.chosen.size).toBe(5);
    expect([...wholeToggled(all, order).chosen]).toEqual(["z"]);
  });

  it("finds names without regard to accents, case and the order of words", () => {
    expect(found({ name: "José Álvarez", external_id: "S-17" }, "alvarez jose")).toBe(true);
    expect(found({ name: "José Álvarez", external_id: "S-17" }, "s-17")).toBe(true);
    expect(found({ name: "José Álvarez", external_id: null }, "joan")).toBe(false);
  });
});
