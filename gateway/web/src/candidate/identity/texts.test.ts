import { describe, expect, it } from "vitest";
import ar from "./identity.ar.json";
import en from "./identity.en.json";
import staffAr from "../../staff/identity.ar.json";
import staffEn from "../../staff/identity.en.json";

const stem = (key: string) => key.replace(/_(zero|one|two|few|many|other)$/, "");
const placesIn = (message: string) => [...message.matchAll(/{{(\w+)}}/g)].map((each) => each[1]).filter((each) => each !== "count");
const places = (messages: object) => new Map(Object.entries(messages).map(([key, message]) => [stem(key), placesIn(String(message)).toSorted()]));

describe.each([
  ["candidates'", en, ar],
  ["staff's", staffEn, staffAr],
])("the %s messages about identities", (_whose, english, arabic) => {
  it("exist in every language, with the same places to fill", () => {
    expect(Object.fromEntries(places(arabic))).toEqual(Object.fromEntries(places(english)));
  });

  it("have every plural form", () => {
    const plurals = new Set(Object.keys(english).filter((key) => key !== stem(key)).map(stem));
    for (const each of plurals) for (const form of new Intl.PluralRules("ar").resolvedOptions().pluralCategories) expect(arabic).toHaveProperty([`${each}_${form}`]);
  });
});
