"""A modality that costs next to nothing: sends instances straight from the page cache, several
associations at once, so that a measured receiver is what is measured."""

import json
import mmap
import multiprocessing
import pathlib
import socket
import struct
import time

MAX_PDU = 131072
_BUFFERS = 64  # per sendmsg


def _item(kind, body):
    return struct.pack(">BBH", kind, 0, len(body)) + body


def _element(number, value):
    return struct.pack("<HHI", 0, number, len(value)) + value


def _uid(text):
    return text.encode() + b"\0" * (len(text) % 2)


def _command(sop_class, sop_instance, message):
    rest = (_element(0x0002, _uid(sop_class)) + _element(0x0100, struct.pack("<H", 1))
            + _element(0x0110, struct.pack("<H", message)) + _element(0x0700, struct.pack("<H", 0))
            + _element(0x0800, struct.pack("<H", 1)) + _element(0x1000, _uid(sop_instance)))
    return _element(0, struct.pack("<I", len(rest))) + rest


def _pdv_head(context, control, size):
    return struct.pack(">BBIIBB", 4, 0, size + 6, size + 2, context, control)


class Study:
    """A folder written by scripts/phantom, of one SOP class and one transfer syntax, mapped."""

    def __init__(self, folder):
        told = json.loads((pathlib.Path(folder) / "canaries.json").read_text())
        self.instances = told["instances"]
        self.sop_class = self.instances[0]["sop_class_uid"]
        self.syntax = self.instances[0]["transfer_syntax_uid"]
        self.files, self.bytes = [], 0
        for one in self.instances:
            assert (one["sop_class_uid"], one["transfer_syntax_uid"]) == (self.sop_class, self.syntax)
            with open(pathlib.Path(folder) / one["file"], "rb") as file:
                content = memoryview(mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ))
            meta = 144 + struct.unpack("<I", content[140:144])[0]
            self.files.append((one["sop_instance_uid"], content[meta:]))
            self.bytes += len(content) - meta

    def send(self, port, called="COURIER", associations=1):
        """(monotonic time before the first byte, after the last C-STORE-RSP)."""
        context = multiprocessing.get_context("fork")
        start, ends = context.Event(), context.Queue()
        children = []
        for i in range(associations):
            children.append(context.Process(target=self._run, args=(port, called, self.files[i::associations], start, ends)))
            children[-1].start()
        time.sleep(0.2)
        began = time.monotonic()
        start.set()
        told = [ends.get(timeout=600) for _ in children]
        for child in children:
            child.join()
        assert all(told), "an association ended otherwise than by release"
        return began, max(told)

    def _run(self, port, called, files, start, ends):
        start.wait()
        try:
            association = Association(port, called, [(self.sop_class, self.syntax)])
            for number, (instance, content) in enumerate(files):
                status = association.store(self.sop_class, self.syntax, instance, number % 65535 + 1, content)
                assert status == 0, f"{status:04X}H"
            ended = time.monotonic()
            association.release()
            ends.put(ended)
        except Exception as problem:  # told to the parent, which says what it means
            ends.put(0)
            raise problem


class Association:
    """One association with a presentation context for each pair of SOP class and transfer syntax. An end that is
    not the release is an OSError."""

    def __init__(self, port, called, contexts, calling="CT01", timeout=600):
        self.ids = {pair: 2 * i + 1 for i, pair in enumerate(contexts)}
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self._associate(called, calling)
        except OSError:
            self.socket.close()
            raise

    def _associate(self, called, calling):
        body = struct.pack(">HH", 1, 0) + called.encode().ljust(16) + calling.encode().ljust(16) + bytes(32)
        body += _item(0x10, b"1.2.840.10008.3.1.1.1")
        for (sop_class, syntax), number in self.ids.items():
            body += _item(0x20, bytes([number, 0, 0, 0]) + _item(0x30, sop_class.encode()) + _item(0x40, syntax.encode()))
        body += _item(0x50, _item(0x51, struct.pack(">I", MAX_PDU)) + _item(0x52, b"1.2.3"))
        self.socket.sendall(struct.pack(">BBI", 1, 0, len(body)) + body)
        kind, answer = self._pdu()
        if kind != 2:
            raise ConnectionError("the association was refused")
        self.piece = min(MAX_PDU, self._their_maximum(answer) or MAX_PDU) - 6

    @staticmethod
    def _their_maximum(answer):
        rest = answer[68:]
        while rest:
            kind, _, length = struct.unpack(">BBH", rest[:4])
            if kind == 0x50:
                return struct.unpack(">I", rest[8:12])[0]  # the first sub-item, as everybody writes it
            rest = rest[4 + length:]
        return 0

    def store(self, sop_class, syntax, sop_instance, message, content):
        """The status of the C-STORE-RSP."""
        context = self.ids[sop_class, syntax]
        command = _command(sop_class, sop_instance, message)
        buffers = [_pdv_head(context, 3, len(command)) + command]
        for at in range(0, len(content), self.piece):
            piece = content[at:at + self.piece]
            buffers += [_pdv_head(context, 2 if at + self.piece >= len(content) else 0, len(piece)), piece]
        for first in range(0, len(buffers), _BUFFERS):
            self._send(buffers[first:first + _BUFFERS])
        kind, answer = self._pdu()
        if kind != 4:
            raise ConnectionError("the association was aborted")
        status = answer.rindex(struct.pack("<HHI", 0, 0x900, 2)) + 8
        return struct.unpack_from("<H", answer, status)[0]

    def _send(self, buffers):
        sent = self.socket.sendmsg(buffers)
        for buffer in buffers:
            if sent < len(buffer):
                self.socket.sendall(buffer[sent:])
            sent = max(0, sent - len(buffer))

    def _pdu(self):
        kind, _, length = struct.unpack(">BBI", self._receive(6))
        return kind, self._receive(length)

    def _receive(self, size):
        data = b""
        while len(data) < size:
            more = self.socket.recv(size - len(data))
            if not more:
                raise ConnectionError("the peer closed the connection")
            data += more
        return data

    def release(self):
        self.socket.sendall(struct.pack(">BBII", 5, 0, 4, 0))
        self._pdu()
        self.socket.close()
