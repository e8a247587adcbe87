import { describe, expect, it } from "vitest";
import ar from "../../i18n/directory.ar.json";
import en from "../../i18n/directory.en.json";

const placesIn = (message: string) => [...message.matchAll(/{{(\w+)}}/g)].map((each) => each[1]).toSorted();

describe("the directory's messages", () => {
  it("exist in every language, with the same places to fill", () => {
    expect(Object.keys(ar).toSorted()).toEqual(Object.keys(en).toSorted());
    const arabic = new Map(Object.entries(ar));
    for (const [key, message] of Object.entries(en)) expect(placesIn(arabic.get(key) ?? ""), key).toEqual(placesIn(message));
  });
});
