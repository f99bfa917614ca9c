"""A network link between a browser and the portal: so fast, so far, and cut after so many bytes."""

import contextlib
import socket
import threading
import time

PIECE = 16_384


class Link:
    """`rate` in bytes a second, shared by all connections; `delay` in seconds, of what goes up; each connection is cut
    after `most` bytes of answers."""

    def __init__(self, port, rate=None, delay=0, most=None):
        self.target, self.rate, self.delay, self.most = port, rate, delay, most
        self.cuts = self.passed = 0
        self.free, self.lock = time.monotonic(), threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def through(self, link):
        """The mailed link, through this one."""
        return link.replace(f":{self.target}/", f":{self.port}/")

    def accept(self):
        while True:
            try:
                peer = self.listener.accept()[0]
            except OSError:
                return
            portal = socket.create_connection(("127.0.0.1", self.target))
            for way in ((self.up, peer, portal), (self.down, portal, peer)):
                threading.Thread(target=self.pass_on, args=way, daemon=True).start()

    def up(self, _):
        time.sleep(self.delay)
        return True

    def down(self, piece):
        with self.lock:
            self.passed += len(piece)
            self.free = max(self.free, time.monotonic()) + (len(piece) / self.rate if self.rate else 0)
            until = self.free
        time.sleep(max(0, until - time.monotonic()))

    def pass_on(self, way, source, sink):
        done = 0
        with contextlib.suppress(OSError):
            while piece := source.recv(PIECE):
                up = way(piece)
                sink.sendall(piece)
                done += len(piece)
                if not up and self.most is not None and done > self.most:
                    self.cuts += 1
                    break
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
