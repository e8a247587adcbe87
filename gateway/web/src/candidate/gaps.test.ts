import { describe, expect, it } from "vitest";
import { markdown } from "../markdown";
import { markGaps, piecesOf } from "./gaps";

describe("gaps in a prompt", () => {
  it("are found again in order, with the text around them", () => {
    const { text, blankIds } = markGaps("Air {{rises_1}} and {{cools_2}}.", ["rises_1", "cools_2"]);
    expect(blankIds).toEqual(["rises_1", "cools_2"]);
    expect(piecesOf(text)).toEqual([{ text: "Air " }, { gap: 0 }, { text: " and " }, { gap: 1 }, { text: "." }]);
  });

  it("survive Markdown, even with underscores and stars around them", () => {
    const { text } = markGaps("**{{a_b}}** _x_ {{c_}}", ["a_b", "c_"]);
    expect(piecesOf(markdown(text)).filter((each) => "gap" in each)).toEqual([{ gap: 0 }, { gap: 1 }]);
  });

  it("stay as written when they name no blank", () => {
    const { text, blankIds } = markGaps("Write {{x}} here", ["y"]);
    expect(blankIds).toEqual([]);
    expect(piecesOf(text)).toEqual([{ text: "Write {{x}} here" }]);
  });
});

describe("an author's Markdown", () => {
  it("cannot carry scripts", () => {
    const html = markdown('<script>x</script>\n\n[a](javascript:alert(1)) <img src=x onerror="x">');
    expect(html).not.toContain("<script");
    expect(html).not.toContain("<img");
    expect(html).not.toContain("javascript:");
  });
});
