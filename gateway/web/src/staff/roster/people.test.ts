import { describe, expect, it } from "vitest";
import { accommodationOf, readPeople } from "./people";

describe("pasted people", () => {
  it("are one a line, with what is known of each", () => {
    const { lines, wrong } = readPeople("Ada Lovelace\n\nAlan Turing, alan@example.org, 4711, x1.5\nGrace\tgrace@example.org\n");
    expect(wrong).toEqual([]);
    expect(lines.map(({ number, person }) => [number, person])).toEqual([
      [1, { name: "Ada Lovelace", email: null, external_id: null, accommodation: {}, invite: false }],
      [3, { name: "Alan Turing", email: "alan@example.org", external_id: "4711", accommodation: { time_multiplier: "1.50" }, invite: false }],
      [4, { name: "Grace", email: "grace@example.org", external_id: null, accommodation: {}, invite: false }],
    ]);
  });

  it("keep the others when a line is wrong", () => {
    const { lines, wrong } = readPeople("Ada, not an address\nAlan,,,soon\nGrace\n,x@example.org");
    expect(lines.map(({ person }) => person.name)).toEqual(["Grace"]);
    expect(wrong.map(({ number }) => number)).toEqual([1, 2, 4]);
  });
});

describe("individual time", () => {
  it("is a limit in minutes", () => expect([accommodationOf("90 min"), accommodationOf("45")]).toEqual([{ time_limit_seconds: 5400 }, { time_limit_seconds: 2700 }]));
  it("or a multiple", () =>
    expect(["x2", "1.25x", "×1.5", "150%"].map((text) => accommodationOf(text))).toEqual([
      { time_multiplier: "2.00" },
      { time_multiplier: "1.25" },
      { time_multiplier: "1.50" },
      { time_multiplier: "1.50" },
    ]));
  it("or none", () => expect(accommodationOf("")).toEqual({}));
  it("never takes time away", () => expect([accommodationOf("x0.5"), accommodationOf("50%"), accommodationOf("0")]).toEqual([null, null, null]));
});
