import { describe, expect, it } from "vitest";
import { instantOf, isTimeZone, wallTimeOf } from "./zonedTime";

const instant = (date: string, time: string, zone: string) => instantOf({ date, time }, zone);

describe("a time on a zone's clocks", () => {
  it("is an instant", () => {
    expect(instant("2026-07-01", "09:00", "Europe/Berlin")).toEqual({ kind: "once", instant: new Date("2026-07-01T07:00Z") });
    expect(instant("2026-01-01", "09:00", "Asia/Kathmandu")).toEqual({ kind: "once", instant: new Date("2026-01-01T03:15Z") });
  });

  it("does not exist where clocks go forward: what they show instead is meant", () => {
    expect(instant("2026-03-29", "02:30", "Europe/Berlin")).toEqual({ kind: "skipped", instant: new Date("2026-03-29T01:30Z") });
  });

  it("comes twice where clocks go back: the first is meant", () => {
    expect(instant("2026-10-25", "02:30", "Europe/Berlin")).toEqual({
      kind: "twice",
      instant: new Date("2026-10-25T00:30Z"),
      second: new Date("2026-10-25T01:30Z"),
    });
  });

  it("is nothing without a day, a time or a zone", () => {
    expect(instant("", "09:00", "UTC")).toBeNull();
    expect(instant("2026-01-01", "", "UTC")).toBeNull();
    expect(instant("2026-01-01", "09:00", "Nowhere/Land")).toBeNull();
  });

  it("comes back from its instant", () => {
    expect(wallTimeOf("2026-07-01T07:00:00.000Z", "Europe/Berlin")).toEqual({ date: "2026-07-01", time: "09:00" });
    expect(wallTimeOf("2026-12-31T23:30:00.000Z", "Pacific/Auckland")).toEqual({ date: "2027-01-01", time: "12:30" });
  });

  it("needs a zone the browser knows", () => {
    expect([isTimeZone("UTC"), isTimeZone(""), isTimeZone("Mars/Base")]).toEqual([true, false, false]);
  });
});
