import { describe, expect, it } from "vitest";
import { clock, exactClock } from "./numbers";

describe("a length of time in a report", () => {
  it("shows hours, minutes and seconds", () => expect([clock(0), clock(61_000), clock(36_000_000)]).toEqual(["0:00:00", "0:01:01", "10:00:00"]));
  it("says when time was taken away", () => expect(clock(-90_500)).toBe("−0:01:30"));
  it("is exact where the ledger is", () => expect([exactClock(1_234), exactClock(-5)]).toEqual(["0:00:01.234", "−0:00:00.005"]));
});
