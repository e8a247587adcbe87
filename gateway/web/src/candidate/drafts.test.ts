import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Response } from "../api/types";
import { createDrafts, PAUSE_MS, type Drafts } from "./drafts";

const essay = (text: string): Response => ({ type: "essay", text });

describe("what is being typed", () => {
  let answered: [string, Response | null][];
  let drafting: boolean;
  let drafts: Drafts;

  beforeEach(() => {
    vi.useFakeTimers();
    answered = [];
    drafts = createDrafts(
      (itemId, response) => {
        answered.push([itemId, response]);
        return Promise.resolve();
      },
      (any) => (drafting = any),
      (ms, run) => {
        const timer = setTimeout(run, ms);
        return () => clearTimeout(timer);
      },
    );
  });

  it("becomes one answer when the candidate pauses", async () => {
    drafts.set("a", essay("O"));
    await vi.advanceTimersByTimeAsync(PAUSE_MS - 1);
    drafts.set("a", essay("Once"));
    await vi.advanceTimersByTimeAsync(PAUSE_MS - 1);
    expect(answered).toEqual([]);
    expect(drafting).toBe(true);
    await vi.advanceTimersByTimeAsync(1);
    expect(answered).toEqual([["a", essay("Once")]]);
    expect(drafting).toBe(false);
  });

  it("becomes an answer at once when it must, and not a second time", async () => {
    drafts.set("a", essay("x"));
    drafts.set("b", null);
    expect(drafts.pending()).toHaveLength(2);
    await drafts.flush();
    await vi.advanceTimersByTimeAsync(PAUSE_MS * 2);
    expect(answered).toEqual([
      ["a", essay("x")],
      ["b", null],
    ]);
  });

  it("is dropped when a newer answer replaces it", async () => {
    drafts.set("a", essay("x"));
    drafts.drop("a");
    await drafts.flush();
    expect(answered).toEqual([]);
    expect(drafting).toBe(false);
  });
});
