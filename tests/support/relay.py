"""A TCP relay that stands between two parts and can be slow, deaf or gone: the network's faults, without root."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final, Self

# How much one direction of one connection holds back while the network is slow; the sender is stopped above it, as by
# a full window.
HELD_BYTES_MAX: Final = 1024 * 1024

Listener = Callable[[bytes], None]
"""Hears what comes on one connection, piece by piece, before it is passed on."""


class Relay:
    """`async with Relay() as relay:` listens on `relay.port`; connections go to `target` (a port) once that is known.

    slow(seconds): each direction takes that much longer. deaf(): connections stay open and nothing passes.
    cut(): all connections are torn, new ones are torn at once. mend(): as nothing had been; what was held is passed on.
    `listening` makes the listener of each connection that somebody opens.
    """

    def __init__(self, listening: Callable[[], Listener] | None = None) -> None:
        self.listening = listening
        self.target: int | None = None
        self.delay = 0.0
        self.is_deaf = False
        self.is_cut = False
        self._server: asyncio.Server | None = None
        self._pipes: set[_Pipe] = set()
        self._opening: set[asyncio.Task[None]] = set()

    @property
    def port(self) -> int:
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Pipe(self), "127.0.0.1", 0, backlog=1024)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()
        for task in list(self._opening):
            task.cancel()
        await asyncio.gather(*self._opening, return_exceptions=True)

    def slow(self, seconds: float) -> None:
        self.delay = seconds

    def deaf(self) -> None:
        self.is_deaf = True

    def cut(self) -> None:
        self.is_cut = True
        for pipe in list(self._pipes):
            pipe.tear()

    def mend(self) -> None:
        self.delay, self.is_deaf, self.is_cut = 0.0, False, False
        for pipe in list(self._pipes):
            pipe.mend()

    def connected(self, near: "_Pipe") -> None:
        """Somebody came: open the other side."""
        self._pipes.add(near)
        if self.is_cut or self.target is None:
            near.tear()
            return
        task = asyncio.create_task(self._open(near, self.target))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _open(self, near: "_Pipe", target: int) -> None:
        far = _Pipe(self, near)
        try:
            await asyncio.get_running_loop().create_connection(lambda: far, "127.0.0.1", target)
        except OSError:
            near.tear()
            return
        self._pipes.add(far)
        near.join(far)

    def gone(self, pipe: "_Pipe") -> None:
        self._pipes.discard(pipe)


class _Pipe(asyncio.Protocol):
    """One side of one connection. What it receives is written to its peer, in order, when it is due."""

    def __init__(self, relay: Relay, peer: "_Pipe | None" = None) -> None:
        self._relay = relay
        self._peer = peer
        self._initiated = peer is None
        self._listener = relay.listening() if peer is None and relay.listening is not None else None
        self._transport: asyncio.Transport | None = None
        self._held: deque[tuple[float, bytes]] = deque()
        self._held_bytes = 0
        self._timer: asyncio.TimerHandle | None = None
        self._ended = False
        self._lost = False
        self._paused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if self._initiated:
            self._relay.connected(self)

    def join(self, peer: "_Pipe") -> None:
        self._peer = peer
        self.pass_on()

    def data_received(self, data: bytes) -> None:
        if self._listener is not None:
            self._listener(data)
        self._held.append((asyncio.get_running_loop().time() + self._relay.delay, data))
        self._held_bytes += len(data)
        if self._held_bytes > HELD_BYTES_MAX and self._transport is not None and not self._paused:
            self._paused = True
            self._transport.pause_reading()
        self.pass_on()

    def eof_received(self) -> bool:
        self._ended = True
        self.pass_on()
        return True  # the other direction may still have something to say

    def pass_on(self) -> None:
        """Write what is due, and come back for the rest."""
        peer = self._peer
        if peer is None or peer._transport is None or peer._lost or self._relay.is_deaf:
            return
        now = asyncio.get_running_loop().time()
        while self._held and (self._held[0][0] <= now or self._relay.delay == 0):
            _, data = self._held.popleft()
            self._held_bytes -= len(data)
            peer._transport.write(data)
        if self._paused and self._held_bytes <= HELD_BYTES_MAX and self._transport is not None:
            self._paused = False
            self._transport.resume_reading()
        if self._held:
            if self._timer is None:
                self._timer = asyncio.get_running_loop().call_at(self._held[0][0], self._due)
        elif self._ended and peer._transport.can_write_eof() and not peer._transport.is_closing():
            peer._transport.write_eof()

    def _due(self) -> None:
        self._timer = None
        self.pass_on()

    def pause_writing(self) -> None:
        """Our own reader is slow: stop reading for it."""
        if self._peer is not None and self._peer._transport is not None:
            self._peer._transport.pause_reading()

    def resume_writing(self) -> None:
        if self._peer is not None and self._peer._transport is not None and not self._peer._paused:
            self._peer._transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - gone is gone
        self._relay.gone(self)
        self._lost = True
        if self._timer is not None:
            self._timer.cancel()
        if self._peer is not None and not self._relay.is_deaf:
            self._peer.follow()

    def follow(self) -> None:
        """The other side is gone: what it still had to say is passed on, then this side goes too."""
        peer = self._peer
        if self._transport is None or peer is None:
            return
        for _, data in peer._held:
            self._transport.write(data)
        peer._held.clear()
        self._transport.close()

    def mend(self) -> None:
        """After a silence: a side whose other one went meanwhile learns of it now."""
        if self._peer is not None and self._peer._lost:
            self.follow()
        else:
            self.pass_on()

    def tear(self) -> None:
        if self._transport is not None:
            self._transport.abort()
