/** Days of a month or a week as a calendar shows them, in whole weeks. Days are `2026-05-04`, free of any zone. */

export type Span = "month" | "week";

const DAY_MS = 86_400_000;

const dateOf = (day: string): Date => new Date(`${day}T00:00:00Z`);
const dayOf = (date: Date): string => date.toISOString().slice(0, 10);
export const addDays = (day: string, days: number): string => dayOf(new Date(dateOf(day).getTime() + days * DAY_MS));

/** `firstWeekday`: 1 Monday to 7 Sunday. */
export function daysShown(day: string, span: Span, firstWeekday: number): string[] {
  const date = dateOf(day);
  const first = span === "week" ? day : dayOf(new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1)));
  const last = span === "week" ? day : dayOf(new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)));
  const start = addDays(first, -((weekday(first) - firstWeekday + 7) % 7));
  const end = addDays(last, (firstWeekday + 6 - weekday(last) + 7) % 7);
  const days = [start];
  for (let next = addDays(start, 1); next <= end; next = addDays(next, 1)) days.push(next);
  return days;
}

/** A day in the span before or after. */
export function step(day: string, span: Span, direction: 1 | -1): string {
  if (span === "week") return addDays(day, 7 * direction);
  const date = dateOf(day);
  return dayOf(new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + direction, 1)));
}

export function firstWeekdayIn(language: string): number {
  const locale = new Intl.Locale(language) as Intl.Locale & { getWeekInfo?: () => { firstDay: number }; weekInfo?: { firstDay: number } };
  return (locale.getWeekInfo?.() ?? locale.weekInfo)?.firstDay ?? 1;
}

const weekday = (day: string): number => dateOf(day).getUTCDay() || 7;
