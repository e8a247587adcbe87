/** Dates, times and lengths of time in the viewer's language and zone; a session's own zone is named beside them. */
import { currentLocale } from "./text";

/** Day and time where the viewer is. */
export function momentHere(instant: string): string {
  return format(instant, undefined);
}

/** Day and time where the session takes place, with the zone's name; null when the viewer's clock shows the same. */
export function momentThere(instant: string, timeZone: string): string | null {
  const there = format(instant, timeZone);
  return there === format(instant, undefined) ? null : `${there} (${timeZone})`;
}

export function timeHere(instant: string): string {
  return new Intl.DateTimeFormat(currentLocale(), { timeStyle: "short" }).format(new Date(instant));
}

/** "1 hour and 30 minutes", in the language's own words. */
export function duration(seconds: number): string {
  const parts = [
    { unit: "hour", value: Math.floor(seconds / 3600) },
    { unit: "minute", value: Math.floor((seconds % 3600) / 60) },
    { unit: "second", value: Math.floor(seconds % 60) },
  ].filter(({ value }) => value > 0);
  const shown = parts.length === 0 ? [{ unit: "second", value: 0 }] : parts;
  const words = shown.map(({ unit, value }) =>
    new Intl.NumberFormat(currentLocale(), { style: "unit", unit, unitDisplay: "long" }).format(value),
  );
  return new Intl.ListFormat(currentLocale(), { style: "long", type: "conjunction" }).format(words);
}

export function count(value: number): string {
  return new Intl.NumberFormat(currentLocale()).format(value);
}

function format(instant: string, timeZone: string | undefined): string {
  const zone = timeZone === undefined ? {} : { timeZone };
  return new Intl.DateTimeFormat(currentLocale(), { dateStyle: "full", timeStyle: "short", ...zone }).format(new Date(instant));
}
