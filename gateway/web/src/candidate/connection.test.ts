import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { Problem } from "../api/problem";
import type { FromCandidate, ToCandidate } from "../api/types";
import { createServerClock } from "../clock/serverClock";
import { createConnection, type Connection, type Line, type Refusal, type Socket } from "./connection";
import { openQueue, type Queue } from "./queue";

class FakeSocket implements Socket {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  sent: FromCandidate[] = [];
  closed = false;
  send(text: string) {
    this.sent.push(JSON.parse(text) as FromCandidate);
  }
  close() {
    this.closed = true;
  }
  hear(message: Partial<ToCandidate> & { type: ToCandidate["type"] }) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
  of<T extends FromCandidate["type"]>(type: T) {
    return this.sent.filter((each): each is Extract<FromCandidate, { type: T }> => each.type === type);
  }
}

const ROW = { phase: "active", last_seq: 0 };
const attempt = (row = {}) => ({ row: { ...ROW, ...row }, responses: [] });
const welcome = (row = {}) => ({ type: "welcome", attempt: attempt(row), server_time: "2026-11-23T09:00:00.000Z", beat_seconds: 10 }) as never;

describe("the candidate's line", () => {
  let sockets: FakeSocket[];
  let queue: Queue;
  let lines: Line[];
  let refusals: Refusal[];
  let renewals: boolean[];
  let renewal: () => Promise<string>;
  let connection: Connection;

  const settle = async () => {
    for (let turn = 0; turn < 30; turn++) await vi.advanceTimersByTimeAsync(0);
  };
  const latest = () => sockets.at(-1) as FakeSocket;
  async function online(row = {}) {
    latest().onopen?.();
    latest().hear(welcome(row));
    await settle();
  }

  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    globalThis.indexedDB = new IDBFactory();
    sockets = [];
    lines = [];
    refusals = [];
    renewals = [];
    renewal = () => Promise.resolve("token");
    queue = await openQueue("p1");
    connection = createConnection(
      queue,
      {
        open: () => (sockets.push(new FakeSocket()), latest()),
        token: (renew) => (renewals.push(renew), renewal()),
        clock: createServerClock(),
        monotonic: () => performance.now(),
        after: (ms, run) => {
          const timer = setTimeout(run, ms);
          return () => clearTimeout(timer);
        },
        random: () => 0.5,
      },
      {
        line: (line) => lines.push(line),
        welcome: () => {},
        row: () => {},
        message: () => {},
        marks: () => {},
        typing: () => {},
        warning: () => {},
        waiting: () => {},
        refused: (refusal) => refusals.push(refusal),
        resync: () => {},
      },
    );
    connection.start();
    await settle();
  });

  it("says hello with the token first", async () => {
    latest().onopen?.();
    expect(latest().sent).toEqual([{ type: "hello", token: "token" }]);
    await online();
    expect(lines).toEqual(["connecting", "online"]);
  });

  it("keeps an answer until it is acknowledged", async () => {
    await online();
    await connection.answer("i1", { type: "true_false", value: true });
    expect(latest().of("answer")).toMatchObject([{ seq: 1, item_id: "i1" }]);
    expect(await queue.waiting()).toHaveLength(1);
    latest().hear({ type: "ack", seqs: [1], ids: [] });
    await settle();
    expect(await queue.waiting()).toEqual([]);
  });

  it("sends what was done offline once, in order, with the same seqs", async () => {
    await online();
    await connection.answer("i1", { type: "true_false", value: true });
    latest().onclose?.();
    await connection.answer("i2", { type: "true_false", value: false });
    await connection.answer("i1", null);
    await vi.advanceTimersByTimeAsync(10_000);
    await settle();
    expect(sockets).toHaveLength(2);
    await online();
    expect(latest().of("answer").map((each) => [each.seq, each.item_id])).toEqual([[1, "i1"], [2, "i2"], [3, "i1"]]);
  });

  it("never lets a new answer overtake older ones that are being sent again", async () => {
    for (let count = 0; count < 150; count++) await queue.add({ kind: "answer", item_id: "i1", response: null });
    await online();
    expect(latest().of("answer")).toHaveLength(100);
    await connection.answer("i2", null);
    await vi.advanceTimersByTimeAsync(3_000);
    await settle();
    const seqs = latest().of("answer").map((each) => each.seq);
    expect(seqs.slice(0, 150)).toEqual(Array.from({ length: 150 }, (_, index) => index + 1));
    expect(seqs).toContain(151);
  });

  it("goes on counting after what another device has sent", async () => {
    await online({ last_seq: 70 });
    await connection.answer("i1", null);
    expect(latest().of("answer")[0]?.seq).toBe(71);
  });

  it("keeps an answer that came into a pause and sends it after the resume", async () => {
    await online();
    await connection.answer("i1", null);
    latest().hear({ type: "refused", seq: 1, id: null, problem: "attempt-paused", detail: "", retry_after_s: null });
    latest().hear({ type: "row", row: { ...ROW, phase: "paused" }, server_time: "" } as never);
    await settle();
    expect(await queue.waiting()).toHaveLength(1);
    latest().hear({ type: "row", row: ROW, server_time: "" } as never);
    await settle();
    expect(latest().of("answer").map((each) => each.seq)).toEqual([1, 1]);
  });

  it("tells about an answer that is refused for good, and forgets it", async () => {
    await online();
    await connection.answer("i1", null);
    latest().hear({ type: "refused", seq: 1, id: null, problem: "time-is-up", detail: "Too late.", retry_after_s: null });
    await settle();
    expect(refusals).toMatchObject([{ problem: "time-is-up", entry: { item_id: "i1" } }]);
    expect(await queue.waiting()).toEqual([]);
  });

  it("notices a dead line by its silence and makes a new one", async () => {
    await online();
    await vi.advanceTimersByTimeAsync(45_000);
    await settle();
    expect(sockets[0]?.closed).toBe(true);
    expect(sockets.length).toBeGreaterThan(1);
  });

  it("does not come back after another device took over", async () => {
    await online();
    latest().hear({ type: "replaced" });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sockets).toHaveLength(1);
    expect(lines.at(-1)).toBe("replaced");
  });

  it("renews its token when the old one was refused", async () => {
    latest().onopen?.();
    latest().hear({ type: "bye", problem: "sign-in-expired", detail: "", retry_after_s: null });
    await vi.advanceTimersByTimeAsync(100);
    await settle();
    expect(renewals).toEqual([false, true]);
  });

  it("waits as long as a closing gateway asks", async () => {
    await online();
    latest().hear({ type: "bye", problem: "temporarily-unavailable", detail: "", retry_after_s: 5 });
    await vi.advanceTimersByTimeAsync(4_900);
    expect(sockets).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(200);
    await settle();
    expect(sockets).toHaveLength(2);
  });

  it("submits again after a reconnect with the same id, and resolves at its acknowledgement", async () => {
    await online();
    await connection.answer("i1", null);
    const submitted = connection.submit();
    const [first] = latest().of("submit");
    latest().onclose?.();
    await vi.advanceTimersByTimeAsync(10_000);
    await settle();
    await online();
    const [second] = latest().of("submit");
    expect(second).toEqual(first);
    expect(latest().sent.map((each) => each.type)).toEqual(["hello", "beat", "answer", "submit"]);
    latest().hear({ type: "ack", seqs: [], ids: [first?.id ?? ""] });
    await expect(submitted).resolves.toBeUndefined();
  });

  it("tells whoever wrote a message that it was refused, though a refusal names no seq then", async () => {
    await online();
    const said = connection.chat("May I?");
    const [chat] = latest().of("chat");
    latest().hear({ type: "refused", id: chat?.id ?? "", problem: "not-allowed" });
    await expect(said).rejects.toMatchObject({ problem: "not-allowed" });
    expect(refusals).toEqual([]);
  });

  it("is offline at once when the browser says so, and comes back", async () => {
    await online();
    connection.lost();
    expect(lines.at(-1)).toBe("offline");
    connection.hurry();
    await settle();
    await online();
    expect(lines.at(-1)).toBe("online");
  });

  it("is closed for whoever may not renew their sign-in, and tries again when only the network failed", async () => {
    await online();
    renewal = () => Promise.reject(new TypeError("network"));
    latest().onclose?.();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(lines.at(-1)).toBe("offline");
    renewal = () => Promise.reject(new Problem("sign-in-expired", "", 401));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(lines.at(-1)).toBe("closed");
  });
});
