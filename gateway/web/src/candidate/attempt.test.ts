import { describe, expect, it } from "vitest";
import type { AttemptView, Message, Response, Row } from "../api/types";
import { arrivalOf } from "../thread";
import { attemptAfter, newestFromProctor, NOTHING_YET, savingOf, unreadOf, type Attempt, type Happening } from "./attempt";

const text = (value: string): Response => ({ type: "short_text", text: value });
const row = (version: number, change: Partial<Row> = {}) => ({ version, phase: "active", ...change }) as Row;
const view = (saved: Record<string, string>, flagged: string[] = []) =>
  ({
    row: row(1),
    responses: Object.entries(saved).map(([item_id, value]) => ({ item_id, seq: 1, at: "", response: text(value) })),
    flagged_items: flagged,
  }) as unknown as AttemptView;
const after = (...happenings: Happening[]): Attempt => happenings.reduce(attemptAfter, NOTHING_YET);
const answer = (item_id: string, value: string | null) => ({ kind: "answer", item_id, response: value === null ? null : text(value) }) as const;
const message = (number: number, kind: "staff" | "candidate") => ({ number, sender: { kind } }) as Message;

describe("the attempt on the page", () => {
  it("takes the server's word, except for what the server has not heard yet", () => {
    const attempt = after(
      { type: "deed", deed: answer("gone", "typed in another life") },
      { type: "welcome", attempt: view({ a: "old", b: "kept", c: "cleared" }, ["f"]), pending: [answer("a", "new"), answer("c", null), { kind: "flag", item_id: "f", flagged: false }] },
    );
    expect(attempt.responses).toEqual({ a: text("new"), b: text("kept") });
    expect([...attempt.flagged]).toEqual([]);
  });

  it("shows an answer at once, and clears it at once", () => {
    expect(after({ type: "deed", deed: answer("a", "x") }).responses).toEqual({ a: text("x") });
    expect(after({ type: "deed", deed: answer("a", "x") }, { type: "deed", deed: answer("a", null) }).responses).toEqual({});
  });

  it("never goes back to an older row", () => {
    expect(after({ type: "row", row: row(5, { phase: "paused" }) }, { type: "row", row: row(4) }).row?.phase).toBe("paused");
  });

  it("is saved only when the server has everything and the line is up", () => {
    const online: Happening = { type: "line", line: "online", problem: null };
    expect(savingOf(after(online))).toBe("saved");
    expect(savingOf(after(online, { type: "unsaved", count: 1 }))).toBe("saving");
    expect(savingOf(after(online, { type: "drafting", drafting: true }))).toBe("saving");
    expect(savingOf(after({ type: "line", line: "offline", problem: null }))).toBe("offline");
  });

  it("says which answer was refused until the candidate gives another one", () => {
    const entry = { ...answer("a", "x"), participant_id: "p", seq: 1 };
    const refused = after({ type: "refused", refusal: { problem: "response-too-large", detail: "", entry } });
    expect(refused.refused).toEqual({ a: "response-too-large" });
    expect(attemptAfter(refused, { type: "deed", deed: answer("a", "y") }).refused).toEqual({});
  });

  it("keeps messages in order and once, and counts others' as unread", () => {
    const attempt = after(
      { type: "messages", messages: [message(2, "staff")] },
      { type: "messages", messages: [message(1, "staff"), message(2, "staff"), message(3, "candidate")] },
      { type: "read", upTo: 1 },
    );
    expect(attempt.messages.map((each) => each.number)).toEqual([1, 2, 3]);
    expect(unreadOf(attempt).map((each) => each.number)).toEqual([2]);
  });

  it("knows how far its messages have got, and never goes back", () => {
    const attempt = after({ type: "marks", proctors: { delivered: 4, read: 2 } }, { type: "marks", proctors: { delivered: 3, read: 0 } });
    expect([2, 3, 5].map((number) => arrivalOf(number, attempt.proctors))).toEqual(["read", "delivered", "sent"]);
  });

  it("counts announcements out of the thread", () => {
    const everybody = { ...message(9, "staff"), kind: "broadcast" } as Message;
    expect(newestFromProctor([message(2, "staff"), message(3, "candidate"), everybody])).toBe(2);
  });

  it("has nobody writing any more once the message is there", () => {
    const writing: Happening = { type: "writing", name: "Pat" };
    expect(after(writing).writing).toBe("Pat");
    expect(after(writing, { type: "messages", messages: [message(1, "candidate")] }).writing).toBe("Pat");
    expect(after(writing, { type: "messages", messages: [message(1, "staff")] }).writing).toBeNull();
  });
});
