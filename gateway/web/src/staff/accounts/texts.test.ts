import { describe, expect, it } from "vitest";
import ar from "../accounts.ar.json";
import en from "../accounts.en.json";
import { SCOPES, STAFF_ROLES } from "./queries";

const placesIn = (message: string) => [...message.matchAll(/{{(\w+)}}/g)].map((each) => each[1]).toSorted();

describe("the account pages' messages", () => {
  it("exist in every language, with the same places to fill", () => {
    expect(Object.keys(ar).toSorted()).toEqual(Object.keys(en).toSorted());
    for (const [key, message] of Object.entries(en)) expect(placesIn(ar[key as keyof typeof ar]), key).toEqual(placesIn(message));
  });

  it("say what every role and scope is for", () => {
    for (const role of STAFF_ROLES) expect(en).toHaveProperty([`accounts.role.${role}`]);
    for (const scope of SCOPES) expect(en).toHaveProperty([`tokens.scope.${scope}`]);
  });
});
