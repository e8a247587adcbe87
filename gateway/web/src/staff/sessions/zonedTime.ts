/** A day and time on the clocks of a zone, as an instant and back; with what daylight saving does to some of them. */

export interface WallTime {
  /** `2026-03-29` */
  date: string;
  /** `02:30` */
  time: string;
}

/** `skipped`: clocks jump over this time, the instant is what they show after the jump. `twice`: they show it two times. */
export type Meant =
  | { kind: "once" | "skipped"; instant: Date }
  | { kind: "twice"; instant: Date; second: Date };

const DAY_MS = 86_400_000;

export function instantOf(wall: WallTime, timeZone: string): Meant | null {
  const asUtc = Date.parse(`${wall.date}T${wall.time}:00Z`);
  if (Number.isNaN(asUtc) || !isTimeZone(timeZone)) return null;
  const before = offsetAt(asUtc - DAY_MS, timeZone);
  const after = offsetAt(asUtc + DAY_MS, timeZone);
  const instants = [...new Set([before, after])]
    .map((offset) => asUtc - offset)
    .filter((instant) => instant + offsetAt(instant, timeZone) === asUtc)
    .sort((one, other) => one - other);
  const [first, second] = instants;
  if (first === undefined) return { kind: "skipped", instant: new Date(asUtc - before) };
  if (second === undefined) return { kind: "once", instant: new Date(first) };
  return { kind: "twice", instant: new Date(first), second: new Date(second) };
}

export function wallTimeOf(instant: string, timeZone: string): WallTime {
  const at = Date.parse(instant);
  const [date = "", time = ""] = new Date(at + offsetAt(at, timeZone)).toISOString().split("T");
  return { date, time: time.slice(0, 5) };
}

export function isTimeZone(name: string): boolean {
  if (name === "") return false;
  try {
    new Intl.DateTimeFormat(undefined, { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

export const viewersZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;
export const timeZones = (): string[] => [...new Set(["UTC", ...Intl.supportedValuesOf("timeZone")])];

/** What the zone's clocks are ahead of UTC by, in milliseconds. */
function offsetAt(instant: number, timeZone: string): number {
  const parts = new Map(
    new Intl.DateTimeFormat("en-US", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    })
      .formatToParts(instant)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  const shown = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
  return shown - Math.floor(instant / 1000) * 1000;
}
