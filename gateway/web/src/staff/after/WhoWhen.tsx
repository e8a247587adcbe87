/** Who was at work when: one bar per person from beginning to end, on the session's time. */
import { Text } from "@mantine/core";
import { timeHere } from "../../i18n/moments";
import type { ParticipantReport } from "../app/resources";
import { useWords } from "../app/texts";

interface Bar {
  person: ParticipantReport;
  from: number;
  to: number;
}

const SHOWN_MAX = 200;

export function WhoWhen({ participants }: { participants: ParticipantReport[] }) {
  const word = useWords();
  const bars = participants
    .flatMap((person): Bar[] => {
      if (person.began_at === null || person.completed_at === null) return [];
      return [{ person, from: Date.parse(person.began_at), to: Date.parse(person.completed_at) }];
    })
    .sort((one, other) => one.from - other.from || one.to - other.to);
  if (bars.length === 0) return <Text c="dimmed">{word("who-when.nobody")}</Text>;
  const start = Math.min(...bars.map((bar) => bar.from));
  const end = Math.max(...bars.map((bar) => bar.to));
  const share = (moment: number): number => (end === start ? 0 : ((moment - start) / (end - start)) * 100);
  const place = (since: number, until: number) => ({ insetInlineStart: `${share(since)}%`, inlineSize: `${Math.max(0.5, share(until) - share(since))}%` });
  return (
    <div className="who-when">
      <div className="who-when-scale number" aria-hidden>
        <span>{timeHere(new Date(start).toISOString())}</span>
        <span>{timeHere(new Date(end).toISOString())}</span>
      </div>
      {/* Scrolls by keyboard too. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <ul tabIndex={0} aria-label={word("report.who-when")}>
        {bars.slice(0, SHOWN_MAX).map(({ person, from, to }) => {
          const times = { from: timeHere(new Date(from).toISOString()), to: timeHere(new Date(to).toISOString()) };
          return (
            <li key={person.participant_id}>
              <span className="who-when-name" dir="auto">{person.name}</span>
              <span className="who-when-track" title={word("who-when.bar", times)}>
                <span data-there style={place(from, to)} />
                {worked(person).map(([since, until]) => (
                  <span key={since} data-worked style={place(since, until)} />
                ))}
                <span className="visually-hidden">{word("who-when.bar", times)}</span>
              </span>
            </li>
          );
        })}
      </ul>
      <p className="who-when-legend" aria-hidden>
        <span data-worked /> {word("who-when.worked")} <span data-there /> {word("who-when.stood")}
      </p>
      {bars.length > SHOWN_MAX && (
        <Text size="sm" c="dimmed">
          {word("who-when.more", { count: bars.length - SHOWN_MAX })}
        </Text>
      )}
    </div>
  );
}

/** When the clock ran; in between somebody was paused or away. */
const worked = ({ ledger }: ParticipantReport): [since: number, until: number][] =>
  ledger.flatMap(({ kind, since, at }) => (kind === "ran" && since != null ? [[Date.parse(since), Date.parse(at)]] : []));
