import { describe, expect, it } from "vitest";
import { Problem, UNREACHABLE } from "../api/problem";
import { secondsToWait } from "./patience";

const full = (retryAfterS: number | null) => new Problem("overloaded", "Very many people are joining", 503, "", [], retryAfterS);

describe("knocking again", () => {
  it("waits as long as a full server asks, within reason", () => {
    expect(secondsToWait(full(12), false)).toBe(12);
    expect(secondsToWait(full(3.2), false)).toBe(4);
    expect(secondsToWait(full(0), false)).toBe(1);
    expect(secondsToWait(full(900), false)).toBe(60);
  });

  it("spreads its returns when the server does not say", () => {
    expect(secondsToWait(full(null), false, 0)).toBe(10);
    expect(secondsToWait(full(null), false, 1)).toBe(20);
  });

  it("goes on waiting through whatever passes by itself", () => {
    for (const problem of [new Problem(UNREACHABLE, "", 0), new Problem("temporarily-unavailable", "", 503), new Problem("too-many-requests", "", 429)]) {
      expect(secondsToWait(problem, true, 0)).toBe(10);
      expect(secondsToWait(problem, false, 0)).toBeNull();
    }
  });

  it("tells what does not pass", () => {
    for (const problem of ["code-unknown", "session-full", "validation-failed"]) {
      expect(secondsToWait(new Problem(problem, "", 409), true)).toBeNull();
    }
  });
});
