import { describe, expect, it } from "vitest";
import { createServerClock, secondsLeft } from "./serverClock";

function fakeMonotonic() {
  let time = 1_000;
  return { read: () => time, pass: (ms: number) => (time += ms) };
}

describe("server clock", () => {
  it("follows the server when the computer's clock is three hours wrong", () => {
    const monotonic = fakeMonotonic();
    const server = 1_800_000_000_000;
    const clock = createServerClock(monotonic.read, () => server - 3 * 3_600_000);
    const sentAt = monotonic.read();
    monotonic.pass(80);
    clock.observe(sentAt, server + 40);
    expect(clock.now()).toBe(server + 80);
    monotonic.pass(5_000);
    expect(clock.now()).toBe(server + 5_080);
  });

  it("believes the quickest of its observations", () => {
    const monotonic = fakeMonotonic();
    const clock = createServerClock(monotonic.read);
    const quick = monotonic.read();
    monotonic.pass(20);
    clock.observe(quick, 50_010);
    const slow = monotonic.read();
    monotonic.pass(2_000);
    clock.observe(slow, 50_030); // answered at once, then held up on the way back
    expect(clock.now()).toBe(52_020);
    expect(clock.uncertainty()).toBe(10);
  });

  it("lets old observations go", () => {
    const monotonic = fakeMonotonic();
    const clock = createServerClock(monotonic.read);
    clock.observe(monotonic.read(), 0);
    for (let beat = 0; beat < 10; beat++) {
      const sentAt = monotonic.read();
      monotonic.pass(100);
      clock.observe(sentAt, monotonic.read() + 7_000);
    }
    expect(clock.uncertainty()).toBe(50);
  });

  it("is honest about not knowing yet", () => {
    expect(createServerClock(() => 0).uncertainty()).toBe(Infinity);
  });
});

describe("seconds left", () => {
  it("counts a started second and never goes below zero", () => {
    expect(secondsLeft(10_000, 8_999)).toBe(2);
    expect(secondsLeft(10_000, 10_000)).toBe(0);
    expect(secondsLeft(10_000, 99_000)).toBe(0);
  });
});
