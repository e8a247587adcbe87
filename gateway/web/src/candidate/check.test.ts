import { describe, expect, it } from "vitest";
import { checkNetwork, networkVerdict } from "./check";

describe("the network's check", () => {
  it("judges by the middle trip, so that one slow start is forgiven", () => {
    expect(networkVerdict([2_000, 40, 50, 60])).toMatchObject({ verdict: "good", milliseconds: 60 });
    expect(networkVerdict([900, 950, 1_000, 20])).toMatchObject({ verdict: "poor" });
  });

  it("calls it unsteady when an answer is missing, and not working when all are", async () => {
    expect(networkVerdict([30, 30, 30])).toMatchObject({ verdict: "poor" });
    expect(await checkNetwork(() => Promise.reject(new Error("offline")))).toEqual({ name: "network", verdict: "bad" });
  });
});
