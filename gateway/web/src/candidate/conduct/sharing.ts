/** Sharing the screen: asked for by a button, kept from the system check to the end, told to the server as it changes. */
import { createLasting, type Tell } from "./signals";

/** `surface`: a window or a tab was chosen. `refused`: by the candidate or the system. `stopped`: was on before. */
export type Sharing = "off" | "asking" | "on" | "surface" | "refused" | "stopped" | "unavailable";

export interface ScreenShare {
  state: () => Sharing;
  subscribe: (listener: () => void) => () => void;
  /** To be called by a click. */
  ask: () => Promise<void>;
  /** There is a new line. */
  again: () => void;
  stop: () => void;
}

/** Telephones have no such thing, and pages without TLS no devices at all. */
type Devices = Partial<Pick<MediaDevices, "getDisplayMedia">>;
const offered = (): Devices => (navigator as { mediaDevices?: Devices }).mediaDevices ?? {};

/** Where browsers let people choose, the whole screen is what is asked for. */
const WANTED = { video: { displaySurface: "monitor", frameRate: 5 }, audio: false, monitorTypeSurfaces: "include", selfBrowserSurface: "exclude", surfaceSwitching: "exclude" };

export function createScreenShare(tell: Tell, devices: Devices = offered(), now = () => performance.now()): ScreenShare {
  const listeners = new Set<() => void>();
  let state: Sharing = devices.getDisplayMedia === undefined ? "unavailable" : "off";
  let stream: MediaStream | null = null;
  const gone = createLasting("sharing_stopped", "sharing_started", tell, now);

  function become(next: Sharing): void {
    state = next;
    listeners.forEach((each) => each());
  }
  function end(): void {
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
  }

  return {
    state: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async ask() {
      if (devices.getDisplayMedia === undefined || state === "asking" || state === "on") return;
      become("asking");
      try {
        stream = await devices.getDisplayMedia(WANTED);
      } catch {
        become("refused");
        return;
      }
      const track = stream.getVideoTracks()[0];
      const surface = track?.getSettings().displaySurface;
      if (track === undefined || (surface !== undefined && surface !== "monitor")) {
        end();
        become("surface");
        return;
      }
      track.addEventListener("ended", () => {
        end();
        gone.begin();
        become("stopped");
      });
      if (gone.lasts()) gone.end();
      else tell("sharing_started");
      become("on");
    },
    again() {
      if (state === "on") tell("sharing_started");
      else gone.again();
    },
    stop() {
      end();
      if (state === "on") become("off");
    },
  };
}
