import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Response } from "../api/types";
import { createDrafts, keptIn, PAUSE_MS, type Drafts } from "./drafts";

const essay = (text: string): Response => ({ type: "essay", text });

describe("what is being typed", () => {
  let answered: [string, Response | null][];
  let drafting: boolean;
  let drafts: Drafts;
  /** How long the queue takes to write. */
  let writingMs: number;

  const opened = () =>
    createDrafts(
      async (itemId, response) => {
        await new Promise((resolve) => setTimeout(resolve, writingMs));
        answered.push([itemId, response]);
      },
      (any) => (drafting = any),
      (ms, run) => {
        const timer = setTimeout(run, ms);
        return () => clearTimeout(timer);
      },
      keptIn(localStorage, "p1"),
    );

  beforeEach(() => {
    vi.useFakeTimers();
    localStorage.clear();
    answered = [];
    writingMs = 0;
    drafts = opened();
  });

  it("becomes one answer when the candidate pauses", async () => {
    drafts.take("a", essay("O"), true);
    await vi.advanceTimersByTimeAsync(PAUSE_MS - 1);
    drafts.take("a", essay("Once"), true);
    await vi.advanceTimersByTimeAsync(PAUSE_MS - 1);
    expect(answered).toEqual([]);
    expect(drafting).toBe(true);
    await vi.advanceTimersByTimeAsync(2);
    expect(answered).toEqual([["a", essay("Once")]]);
    expect(drafting).toBe(false);
  });

  it("becomes an answer at once when it must, and not a second time", async () => {
    drafts.take("a", essay("x"), true);
    drafts.take("b", null, true);
    expect(drafts.pending()).toHaveLength(2);
    void drafts.flush();
    await vi.advanceTimersByTimeAsync(PAUSE_MS * 2);
    expect(answered).toEqual([
      ["a", essay("x")],
      ["b", null],
    ]);
  });

  it("is replaced by a newer answer to the same question", async () => {
    drafts.take("a", essay("x"), true);
    drafts.take("a", null, false);
    await vi.advanceTimersByTimeAsync(PAUSE_MS * 2);
    expect(answered).toEqual([["a", null]]);
    expect(drafting).toBe(false);
  });

  it("never overtakes what is newer, however slowly the queue writes", async () => {
    writingMs = 100;
    drafts.take("a", essay("1"), false);
    drafts.take("b", essay("old"), false);
    drafts.take("b", essay("new"), false);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(answered.filter(([itemId]) => itemId === "b").at(-1)).toEqual(["b", essay("new")]);
  });

  it("is answered by the next page when this one is closed before the queue has it", async () => {
    writingMs = 100;
    drafts.take("a", essay("being written"), false);
    drafts.take("b", essay("being typed"), true);
    const next = opened();
    void next.recover();
    expect(next.pending()).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(answered).toContainEqual(["a", essay("being written")]);
    expect(answered).toContainEqual(["b", essay("being typed")]);
    expect(localStorage).toHaveLength(0);
  });
});

describe("where drafts are kept", () => {
  it("a storage that refuses, or holds rubbish, is as good as an empty one", () => {
    const refusing = {
      getItem: () => "{",
      setItem: () => {
        throw new Error("full");
      },
      removeItem: () => undefined,
    };
    const kept = keptIn(refusing, "p1");
    kept.write([["a", null]]);
    expect(kept.read()).toEqual([]);
  });
});
