import { beforeAll, describe, expect, it } from "vitest";
import ar from "./ar.json";
import en from "./en.json";
import { addText, changeLanguage, preferredLanguage, startText, translate } from "./text";

const stem = (key: string) => key.replace(/_(zero|one|two|few|many|other)$/, "");
const placesIn = (message: string) => [...message.matchAll(/{{(\w+)}}/g)].map((each) => each[1]).filter((each) => each !== "count");

describe("messages", () => {
  beforeAll(() => startText({ en: () => Promise.resolve(en), ar: () => Promise.resolve(ar) }, ["en"]));

  it("exist in every language, with the same places to fill", () => {
    const english = new Map(Object.entries(en).map(([key, message]) => [stem(key), placesIn(message)]));
    const arabic = new Map(Object.entries(ar).map(([key, message]) => [stem(key), placesIn(message)]));
    expect([...arabic.keys()].toSorted()).toEqual([...english.keys()].toSorted());
    for (const [key, places] of english) expect(arabic.get(key)?.toSorted(), key).toEqual(places.toSorted());
  });

  it("have every plural form of the language", () => {
    const plurals = new Set(Object.keys(en).filter((key) => key !== stem(key)).map(stem));
    for (const each of plurals) for (const form of new Intl.PluralRules("ar").resolvedOptions().pluralCategories) expect(ar).toHaveProperty([`${each}_${form}`]);
  });

  it("follow the language's plural rules and direction", async () => {
    expect(translate("timer.warning", { count: 1 })).toBe("1 minute left.");
    await changeLanguage("ar", false);
    expect(document.documentElement.dir).toBe("rtl");
    expect(translate("timer.warning", { count: 2 })).toBe("بقيت دقيقتان.");
    await changeLanguage("en", false);
    expect(document.documentElement.dir).toBe("ltr");
  });

  it("of a part that few need come with it, and in every language chosen later", async () => {
    const fetched: string[] = [];
    const give = (language: string, message: string) => () => {
      fetched.push(language);
      return Promise.resolve({ "part.word": message });
    };
    const part = { en: give("en", "a word"), ar: give("ar", "كلمة") };
    await Promise.all([addText(part), addText(part)]);
    expect([translate("part.word"), translate("timer.warning", { count: 1 })]).toEqual(["a word", "1 minute left."]);
    expect(new Set(fetched)).toEqual(new Set(["en"]));
    await changeLanguage("ar", false);
    expect(translate("part.word")).toBe("كلمة");
    await changeLanguage("en", false);
  });

  it("come in the remembered language, else in the browser's, else in English", () => {
    expect(preferredLanguage("ar", ["en-GB"])).toBe("ar");
    expect(preferredLanguage(null, ["fr-FR", "ar-EG"])).toBe("ar");
    expect(preferredLanguage("xx", ["fr"])).toBe("en");
  });
});
