import { beforeEach, describe, expect, it, vi, afterEach } from "vitest";
import { Problem } from "../../api/problem";
import { createServerClock } from "../../clock/serverClock";
import { createLine, type Line, type LineState, type Socket } from "./line";
import type { Frame, FromStaff, ToStaff } from "./types";

class FakeSocket implements Socket {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  sent: FromStaff[] = [];
  closed = false;
  send(text: string) {
    this.sent.push(JSON.parse(text) as FromStaff);
  }
  close() {
    this.closed = true;
  }
  hear(message: Partial<ToStaff> & { type: ToStaff["type"] }) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
  types() {
    return this.sent.map((each) => each.type);
  }
}

const WELCOME = { type: "welcome", connection_id: "c", server_time: "2026-11-23T09:00:00.000Z", beat_seconds: 10 } as const;
const WATCHING = { type: "watching", session_id: "s1" } as const;

describe("the dashboard's line", () => {
  let sockets: FakeSocket[];
  let states: [LineState, string][];
  let renewals: boolean[];
  let frames: Frame[];
  let watching: number;
  let token: () => Promise<string>;
  let line: Line;

  const settle = () => vi.advanceTimersByTimeAsync(0);
  const latest = () => sockets.at(-1) as FakeSocket;
  const state = () => states.at(-1)?.[0];
  async function live() {
    latest().onopen?.();
    latest().hear(WELCOME);
    latest().hear(WATCHING);
    await settle();
  }

  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    [sockets, states, renewals, frames, watching] = [[], [], [], [], 0];
    token = () => Promise.resolve("first");
    line = createLine(
      "s1",
      {
        open: () => (sockets.push(new FakeSocket()), latest()),
        token: (renew) => (renewals.push(renew), token()),
        clock: createServerClock(),
        monotonic: () => performance.now(),
        after: (ms, run) => {
          const timer = setTimeout(run, ms);
          return () => clearTimeout(timer);
        },
        random: () => 0.5,
      },
      {
        line: (next, problem) => states.push([next, problem]),
        watching: () => (watching += 1),
        frame: (frame) => frames.push(frame),
        resync: () => (watching += 1),
      },
    );
    line.start();
    await settle();
  });

  afterEach(() => {
    line.stop();
    vi.useRealTimers();
  });

  it("says hello first, watches after the welcome, and is live only when the session is watched", async () => {
    latest().onopen?.();
    expect(latest().sent).toEqual([{ type: "hello", token: "first" }]);
    latest().hear(WELCOME);
    expect(latest().types()).toContain("watch");
    expect(state()).not.toBe("live");
    latest().hear(WATCHING);
    expect(state()).toBe("live");
    expect(watching).toBe(1);
    await settle();
  });

  it("comes back after a break and asks for the snapshot again", async () => {
    await live();
    latest().onclose?.();
    expect(state()).toBe("reconnecting");
    await vi.advanceTimersByTimeAsync(500);
    expect(sockets).toHaveLength(2);
    await live();
    expect(state()).toBe("live");
    expect(watching).toBe(2);
  });

  it("waits longer after each failure, and says offline when nobody answers", async () => {
    await live();
    const gaps: number[] = [];
    for (let turn = 0; turn < 6; turn++) {
      const before = sockets.length;
      latest().onclose?.();
      let waited = 0;
      while (sockets.length === before) {
        await vi.advanceTimersByTimeAsync(125);
        waited += 125;
      }
      gaps.push(waited);
    }
    expect(gaps).toEqual([...gaps].sort((one, other) => one - other));
    expect(gaps.at(-1)).toBeLessThanOrEqual(8_000);
    expect(state()).toBe("offline");
  });

  it("does not wait when the network is back", async () => {
    await live();
    latest().onclose?.();
    line.hurry();
    await settle();
    expect(sockets).toHaveLength(2);
  });

  it("drops a line on which nothing was heard for two beats", async () => {
    await live();
    await vi.advanceTimersByTimeAsync(31_000);
    expect(sockets[0]?.closed).toBe(true);
    expect(sockets.length).toBeGreaterThan(1);
  });

  it("says a renewed token before the old one ends", async () => {
    await live();
    token = () => Promise.resolve("second");
    await vi.advanceTimersByTimeAsync(10_000);
    expect(latest().sent.filter((each) => each.type === "hello")).toEqual([
      { type: "hello", token: "first" },
      { type: "hello", token: "second" },
    ]);
  });

  it("renews a token that was refused, and stops when it may not come back", async () => {
    await live();
    latest().hear({ type: "bye", problem: "sign-in-expired" });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(renewals.at(-1)).toBe(true);
    token = () => Promise.reject(new Problem("not-signed-in", "", 401));
    latest().onclose?.();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(states.at(-1)).toEqual(["closed", "not-signed-in"]);
  });

  it("tells why it may not watch, and does not try again", async () => {
    latest().onopen?.();
    latest().hear(WELCOME);
    latest().hear({ type: "refused", session_id: "s1", problem: "not-found" });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(states.at(-1)).toEqual(["closed", "not-found"]);
    expect(sockets).toHaveLength(1);
  });

  it("asks to watch again when the refusal says that it passes", async () => {
    latest().onopen?.();
    latest().hear(WELCOME);
    latest().hear({ type: "refused", session_id: "s1", problem: "temporarily-unavailable", retry_after_s: 2 });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(latest().sent.filter((each) => each.type === "watch")).toHaveLength(2);
  });

  it("passes frames on and hears nothing after it was stopped", async () => {
    await live();
    latest().hear({ type: "frame", session_id: "s1", frame: { kind: "rows", rows: [] } });
    expect(frames).toHaveLength(1);
    line.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sockets).toHaveLength(1);
    expect(latest().closed).toBe(true);
  });
});
