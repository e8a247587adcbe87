import { describe, expect, it } from "vitest";
import { statusOf } from "./status";

describe("the status of somebody with a place", () => {
  it("is the attempt's as soon as there is one", () => {
    expect(statusOf({ state: "admitted" }, { status: "In Session" }, "running")).toBe("In Session");
    expect(statusOf({ state: "admitted" }, { status: "Disconnected" }, "running")).toBe("Disconnected");
    expect(statusOf({ state: "invited" }, { status: "Absent" }, "ended")).toBe("Absent");
  });

  it("is the place's before: asking to come in is waiting", () => {
    expect(statusOf({ state: "invited" }, undefined, "scheduled")).toBe("Invited");
    expect(statusOf({ state: "joined" }, { status: "Invited" }, "open")).toBe("Waiting");
    expect(statusOf({ state: "admitted" }, undefined, "open")).toBe("Waiting");
  });

  it("says at once who was removed or not let in, whatever the attempt says", () => {
    expect(statusOf({ state: "removed" }, { status: "In Session" }, "running")).toBe("Removed");
    expect(statusOf({ state: "denied" }, { status: "Invited" }, "running")).toBe("Denied");
  });

  it("is absent for whoever had not come when the session ended", () => {
    expect(statusOf({ state: "invited" }, { status: "Invited" }, "ended")).toBe("Absent");
    expect(statusOf({ state: "admitted" }, undefined, "ended")).toBe("Absent");
  });
});
