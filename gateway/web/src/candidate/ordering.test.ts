import { describe, expect, it } from "vitest";
import { moved, orderOf } from "./ordering";

describe("putting in order", () => {
  it("moves one up, down and to the ends", () => {
    expect(moved(["a", "b", "c"], 0, 1)).toEqual(["b", "a", "c"]);
    expect(moved(["a", "b", "c"], 2, 0)).toEqual(["c", "a", "b"]);
    expect(moved(["a", "b", "c"], 1, 99)).toEqual(["a", "c", "b"]);
    expect(moved(["a", "b", "c"], 1, -5)).toEqual(["b", "a", "c"]);
  });

  it("never loses or doubles anything, wherever it is moved", () => {
    const order = ["a", "b", "c", "d"];
    for (let from = -1; from <= 4; from += 1)
      for (let to = -1; to <= 4; to += 1) expect(moved(order, from, to).toSorted()).toEqual(order);
  });

  it("shows the saved order, unless it does not fit the item", () => {
    expect(orderOf(["a", "b", "c"], ["c", "a", "b"])).toEqual(["c", "a", "b"]);
    expect(orderOf(["a", "b", "c"], undefined)).toEqual(["a", "b", "c"]);
    expect(orderOf(["a", "b", "c"], ["a", "b"])).toEqual(["a", "b", "c"]);
    expect(orderOf(["a", "b", "c"], ["a", "b", "x"])).toEqual(["a", "b", "c"]);
  });
});
