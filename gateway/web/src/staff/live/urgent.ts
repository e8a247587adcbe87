/** Making oneself noticed: the title of the page, and a short tone for those who want it. */
import { useEffect, useRef } from "react";
import { isUrgent, type Alert } from "./alerts";

const TONE_HZ = 660;
const TONE_SECONDS = 0.25;
const LOUDNESS = 0.15;

/** Two notes upwards, made here so that nothing needs to be fetched. */
export function playTone(): void {
  const audio = new AudioContext();
  const volume = audio.createGain();
  volume.gain.setValueAtTime(LOUDNESS, audio.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 2 * TONE_SECONDS);
  volume.connect(audio.destination);
  for (const [turn, factor] of [1, 1.5].entries()) {
    const note = audio.createOscillator();
    note.frequency.value = TONE_HZ * factor;
    note.connect(volume);
    note.start(audio.currentTime + turn * TONE_SECONDS);
    note.stop(audio.currentTime + (turn + 1) * TONE_SECONDS);
    if (turn === 1) note.onended = () => void audio.close();
  }
}

export function useNotice(alerts: readonly Alert[], title: string, sound: boolean): void {
  const urgent = alerts.filter(isUrgent);
  const heard = useRef<Set<string> | null>(null);
  useEffect(() => {
    document.title = `${urgent.length > 0 ? `(${urgent.length}) ` : ""}${title} · Examhall`;
  }, [urgent.length, title]);
  useEffect(() => {
    const before = heard.current;
    heard.current = new Set(urgent.map((each) => each.id));
    // What was there when the page opened is not news.
    if (sound && before !== null && urgent.some((each) => !before.has(each.id))) playTone();
  });
}
