import { beforeAll, describe, expect, it } from "vitest";
import ar from "../mail.ar.json";
import en from "../mail.en.json";
import { startText } from "../../i18n/text";
import { minutesText } from "./texts";

const stem = (key: string) => key.replace(/_(zero|one|two|few|many|other)$/, "");

describe("mail", () => {
  beforeAll(() => startText({ en: () => Promise.resolve(en), ar: () => Promise.resolve(ar) }, ["en"]));

  it("has its texts in every language, in every plural form", () => {
    expect(new Set(Object.keys(ar).map(stem))).toEqual(new Set(Object.keys(en).map(stem)));
    const plurals = new Set(Object.keys(en).filter((key) => key !== stem(key)).map(stem));
    for (const each of plurals) for (const form of new Intl.PluralRules("ar").resolvedOptions().pluralCategories) expect(ar).toHaveProperty([`${each}_${form}`]);
  });

  it("tells a time before the start in the largest unit that fits", () => {
    expect([10, 60, 90, 1440, 10080].map(minutesText)).toEqual(["10 minutes", "1 hour", "90 minutes", "1 day", "7 days"]);
  });
});
