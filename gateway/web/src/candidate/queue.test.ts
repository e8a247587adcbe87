import "fake-indexeddb/auto";
import { beforeEach, describe, expect, it } from "vitest";
import { IDBFactory } from "fake-indexeddb";
import { openQueue } from "./queue";

const answer = (item: string, text: string) => ({ kind: "answer" as const, item_id: item, response: { type: "essay", text } });

describe("queue of what the server has not acknowledged", () => {
  beforeEach(() => {
    globalThis.indexedDB = new IDBFactory();
  });

  it("survives the page and keeps order and seqs", async () => {
    const before = await openQueue("p1");
    await before.add(answer("a", "1"));
    await before.add({ kind: "flag", item_id: "a", flagged: true });
    await before.add(answer("a", "2"));
    before.close();
    const after = await openQueue("p1");
    const waiting = await after.waiting();
    expect(waiting.map((each) => each.seq)).toEqual([1, 2, 3]);
    expect(waiting[2]).toMatchObject(answer("a", "2"));
  });

  it("removes exactly what was acknowledged", async () => {
    const queue = await openQueue("p1");
    for (const text of ["1", "2", "3"]) await queue.add(answer("a", text));
    await queue.acknowledge([1, 3, 99]);
    expect((await queue.waiting()).map((each) => each.seq)).toEqual([2]);
  });

  it("never gives a seq twice, even after everything was acknowledged", async () => {
    const queue = await openQueue("p1");
    await queue.add(answer("a", "1"));
    await queue.acknowledge([1]);
    expect((await queue.add(answer("a", "2"))).seq).toBe(2);
  });

  it("goes on after what another device sent, and never back", async () => {
    const queue = await openQueue("p1");
    await queue.continueAfter(40);
    await queue.continueAfter(7);
    expect((await queue.add(answer("a", "1"))).seq).toBe(41);
  });

  it("keeps people on a shared computer apart", async () => {
    const one = await openQueue("p1");
    const other = await openQueue("p2");
    await one.add(answer("a", "mine"));
    expect(await other.waiting()).toEqual([]);
    await other.add(answer("a", "theirs"));
    await other.clear();
    expect(await one.waiting()).toHaveLength(1);
  });

  it("gives concurrent deeds distinct seqs in order", async () => {
    const queue = await openQueue("p1");
    const added = await Promise.all(Array.from({ length: 20 }, (_, index) => queue.add(answer("a", String(index)))));
    expect(added.map((each) => each.seq)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  });
});
