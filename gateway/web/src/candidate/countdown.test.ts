import { describe, expect, it } from "vitest";
import type { Row } from "../api/types";
import { clockFace, countdown, timeIsUp } from "./countdown";

const NOW = Date.parse("2026-11-23T09:00:00.000Z");
const row = (change: Partial<Row>) => ({ phase: "active", deadline_at: null, remaining_ms: null, completes_at: null, ...change }) as Row;

describe("the countdown", () => {
  it("runs to the deadline by the server's time", () => {
    const active = row({ deadline_at: "2026-11-23T09:10:00.000Z" });
    expect(countdown(active, NOW)).toEqual({ seconds: 600, running: true });
    expect(countdown(active, NOW + 1)).toEqual({ seconds: 600, running: true });
    expect(countdown(active, NOW + 3_600_000)).toEqual({ seconds: 0, running: true });
  });

  it("stands while paused, and while the clock of an active attempt stands", () => {
    expect(countdown(row({ phase: "paused", remaining_ms: 90_000 }), NOW)).toEqual({ seconds: 90, running: false });
    expect(countdown(row({ remaining_ms: 90_000 }), NOW)).toEqual({ seconds: 90, running: false });
  });

  it("shows nothing before the beginning and after the end", () => {
    expect(countdown(row({ phase: "waiting", remaining_ms: 1_000 }), NOW)).toBeNull();
    expect(countdown(row({ phase: "complete" }), NOW)).toBeNull();
  });

  it("is up at the deadline, and when the session ended, but not during a pause", () => {
    const active = row({ deadline_at: "2026-11-23T09:00:00.000Z" });
    expect(timeIsUp(active, NOW - 1)).toBe(false);
    expect(timeIsUp(active, NOW)).toBe(true);
    expect(timeIsUp(row({ deadline_at: "2026-11-23T10:00:00.000Z", completes_at: "2026-11-23T09:00:30.000Z" }), NOW)).toBe(true);
    expect(timeIsUp(row({ phase: "paused", remaining_ms: 0 }), NOW)).toBe(false);
  });

  it("has a face with hours only when there are any", () => {
    expect([0, 9, 65, 3_599, 3_600, 7_325].map(clockFace)).toEqual(["0:00", "0:09", "1:05", "59:59", "1:00:00", "2:02:05"]);
  });
});
