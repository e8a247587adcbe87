/** The browser's WebSocket for staff, to the gateway that served this page. */
import type { Socket } from "./line";

export function openSocket(): Socket {
  const address = new URL("/ws/staff", location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  const opened = new WebSocket(address);
  const socket: Socket = {
    send: (text) => {
      // Between an answer and the next the line may have begun to close; what is lost then is asked for again.
      if (opened.readyState === WebSocket.OPEN) opened.send(text);
    },
    close: () => opened.close(),
    onopen: null,
    onmessage: null,
    onclose: null,
  };
  opened.onopen = () => socket.onopen?.();
  opened.onmessage = ({ data }: MessageEvent<string>) => socket.onmessage?.({ data });
  opened.onclose = () => socket.onclose?.();
  return socket;
}
