/** The browser's WebSocket to the gateway that served this page. */
import type { Socket } from "./connection";

export function openSocket(): Socket {
  const address = new URL("/ws/candidate", location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  const opened = new WebSocket(address);
  const socket: Socket = {
    send: (text) => opened.send(text),
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
