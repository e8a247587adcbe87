import { describe, expect, it } from "vitest";
import { daysShown, step } from "./calendar";

describe("a calendar", () => {
  it("shows a month in whole weeks", () => {
    const days = daysShown("2026-05-20", "month", 1);
    expect([days.length, days[0], days.at(-1)]).toEqual([35, "2026-04-27", "2026-05-31"]);
  });

  it("begins weeks where people do", () => {
    expect(daysShown("2026-05-20", "week", 7)[0]).toBe("2026-05-17");
    expect(daysShown("2026-05-20", "week", 6)[0]).toBe("2026-05-16");
  });

  it("goes from span to span", () => {
    expect([step("2026-01-31", "month", 1), step("2026-01-31", "month", -1), step("2026-01-31", "week", 1)]).toEqual([
      "2026-02-01",
      "2025-12-01",
      "2026-02-07",
    ]);
  });
});
