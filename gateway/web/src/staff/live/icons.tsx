/** Small drawings. A shape of its own for each state, so that colour never speaks alone. */
import type { Row, Severity } from "./types";

const SHAPES = {
  play: <path d="M5.5 3.5v9l7-4.5z" fill="currentColor" stroke="none" />,
  pause: <path d="M5.5 3.5v9M10.5 3.5v9" strokeWidth="2.4" />,
  hourglass: <path d="M4.5 2.5h7M4.5 13.5h7M5 2.5c0 3 2 4 3 5.500M11 2.5c0 3-2 4-3 5.500M5 13.500c0-3 2-4 3-5.500M11 13.500c0-3-2-4-3-5.500" />,
  broken: <path d="M2.500 6.500a8 8 0 0 1 3-1.900M13.500 6.500a8 8 0 0 0-3.300-2M5 9.300a4.500 4.500 0 0 1 1.300-.9M8 12.500h.01M3 2.500l10 11" />,
  letter: <path d="M2.500 4h11v8h-11zM2.500 4.500l5.500 4 5.500-4" />,
  check: <path d="M3.500 8.500l3 3 6-7" strokeWidth="2" />,
  absent: <path d="M8 8.200a2.700 2.700 0 1 0 0-5.400 2.700 2.700 0 0 0 0 5.400M3 13.500c.5-2.500 2.500-3.500 5-3.500s4.500 1 5 3.500" strokeDasharray="1.800 1.800" />,
  cross: <path d="M4 4l8 8M12 4l-8 8" strokeWidth="1.800" />,
  line: <path d="M2.500 6.500a8 8 0 0 1 11 0M5 9.300a4.500 4.500 0 0 1 6 0M8 12.500h.01" />,
  flag: <path d="M4 14V2.500h7.500l-1.700 3 1.700 3H4" />,
  alert: <path d="M8 2.500l6 11H2zM8 6.500v3M8 11.600h.01" />,
  stop: <path d="M5.500 2.500h5l3 3v5l-3 3h-5l-3-3v-5zM8 5v3.500M8 10.900h.01" />,
  note: <path d="M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2M8 7.300v3.500M8 5h.01" />,
  hand: <path d="M5 8V4.200a1 1 0 0 1 2 0V7M7 7V3a1 1 0 0 1 2 0v4M9 7V3.800a1 1 0 0 1 2 0V9c0 3-1.500 5-3.700 5S4 12.800 2.800 9.700a1 1 0 0 1 1.700-.9L5 10" />,
  chat: <path d="M2.500 3.500h11v7.500H8l-3 2.500V11H2.500z" />,
  clock: <path d="M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2M8 4.800V8l2.200 1.600" />,
  reset: <path d="M3 8a5 5 0 1 0 1.600-3.700M3 2.500v3h3" />,
  megaphone: <path d="M3 6.500h2.500L12 3v10L5.500 9.500H3zM5.500 9.500l1 4" />,
  keyboard: <path d="M2 4.500h12v7H2zM4.500 7h.01M7 7h.01M9.500 7h.01M12 7h.01M5 9.300h6" />,
  sound: <path d="M3 6.500h2l3-3v9l-3-3H3zM10.500 6a3 3 0 0 1 0 4M12.300 4.200a5.500 5.500 0 0 1 0 7.600" />,
  silent: <path d="M3 6.500h2l3-3v9l-3-3H3zM10.500 6.500l3 3M13.500 6.500l-3 3" />,
  door: <path d="M4 13.500v-11h8v11M2.500 13.500h11M9.800 8h.01" />,
  up: <path d="M8 12.500v-9M4.500 7L8 3.500 11.500 7" />,
  down: <path d="M8 3.500v9M4.500 9L8 12.500 11.500 9" />,
  search: <path d="M7 2.500a4.500 4.500 0 1 0 0 9 4.500 4.500 0 0 0 0-9M10.300 10.300l3.200 3.200" />,
  more: <path d="M3.500 8h.01M8 8h.01M12.500 8h.01" strokeWidth="2.400" />,
  panel: <path d="M2.500 3h11v10h-11zM10 3v10" />,
  person: <path d="M8 8.200a2.700 2.700 0 1 0 0-5.400 2.700 2.700 0 0 0 0 5.400M3 13.500c.5-2.500 2.500-3.500 5-3.500s4.500 1 5 3.500" />,
  pen: <path d="M3 13l.7-3L11 2.700l2.300 2.300L6 12.300z" />,
} as const;

export type IconName = keyof typeof SHAPES;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {SHAPES[name]}
    </svg>
  );
}

export const STATUS_ICONS: Readonly<Record<Row["status"], IconName>> = {
  "In Session": "play",
  Waiting: "hourglass",
  Paused: "pause",
  Disconnected: "broken",
  Invited: "letter",
  Complete: "check",
  Absent: "absent",
  Removed: "cross",
};

export const SEVERITY_ICONS: Readonly<Record<Severity, IconName>> = { notice: "note", warning: "alert", critical: "stop" };
