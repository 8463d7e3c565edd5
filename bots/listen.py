#!/usr/bin/env python3
"""A Chorus bot in plain Python, without a package: signs in, makes a page, edits it, and says what it hears.

    CHORUS_URL=http://localhost:3000 python3 bots/listen.py NAME PASSWORD "Page title"

With a Socket.IO 4 client for your language you need none of the protocol below: connect by WebSocket only, send the
session cookie and the wiki's address as Origin, emit a command's name with its payload and wait for the ack.
"""
import base64, http.client, json, os, secrets, socket, struct, sys, urllib.parse

URL = urllib.parse.urlsplit(os.environ.get("CHORUS_URL", "http://localhost:3000"))
ORIGIN = f"{URL.scheme}://{URL.netloc}"


def post(command, payload, cookie=""):
    """Asks a command over HTTP; answers its value and the session cookie."""
    line = http.client.HTTPConnection(URL.hostname, URL.port or 80)
    headers = {"Content-Type": "application/json", "Origin": ORIGIN, "Cookie": cookie}
    line.request("POST", f"/api/{command}", json.dumps(payload), headers)
    answer = line.getresponse()
    body = json.loads(answer.read())
    if not body["ok"]:
        raise RuntimeError(f"{command}: {body['error']['message']}")
    return body["value"], (answer.getheader("Set-Cookie") or cookie).split(";")[0]


class Line:
    """A Socket.IO line: text frames of a WebSocket that begin with 0 (open), 2 (ping) or 4 (message)."""

    def __init__(self, cookie):
        self.sock = socket.create_connection((URL.hostname, URL.port or 80))
        self.file = self.sock.makefile("rb")
        key = base64.b64encode(secrets.token_bytes(16)).decode()
        self.sock.sendall(
            f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {URL.netloc}\r\nOrigin: {ORIGIN}\r\n"
            f"Cookie: {cookie}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
        )
        status = self.file.readline()
        if b" 101 " not in status:
            raise RuntimeError(status.decode().strip())
        while self.file.readline().strip():
            pass
        self.number = 0
        self.events = []
        self._read()  # 0{…}: the transport is open
        self._send("40")
        while not self._read().startswith("40"):
            pass

    def _send(self, text):
        data, mask = text.encode(), secrets.token_bytes(4)
        size = len(data)
        head = bytes([0x81]) + (
            bytes([0x80 | size]) if size < 126
            else bytes([0x80 | 126]) + struct.pack(">H", size) if size < 65536
            else bytes([0x80 | 127]) + struct.pack(">Q", size)
        )
        self.sock.sendall(head + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(data)))

    def _read(self):
        while True:
            first, second = self.file.read(2)
            size = second & 127
            if size == 126:
                (size,) = struct.unpack(">H", self.file.read(2))
            elif size == 127:
                (size,) = struct.unpack(">Q", self.file.read(8))
            text = self.file.read(size).decode()
            if first & 15 == 8:
                raise ConnectionError("the server closed the line")
            if text == "2":
                self._send("3")
            elif first & 15 == 1:
                return text

    def ask(self, command, payload):
        """Asks a command; what is heard meanwhile waits in `events`."""
        number, self.number = self.number, self.number + 1
        self._send(f"42{number}{json.dumps([command, payload])}")
        while True:
            text = self._read()
            if text.startswith(f"43{number}["):
                (answer,) = json.loads(text[text.index("["):])
                if not answer["ok"]:
                    raise RuntimeError(f"{command}: {answer['error']['message']}")
                return answer["value"]
            self._hear(text)

    def _hear(self, text):
        if text.startswith("42"):
            self.events.append(json.loads(text[text.index("["):]))

    def next(self):
        """The next event, as [name, payload]."""
        while not self.events:
            self._hear(self._read())
        return self.events.pop(0)


def main():
    name, password, title = sys.argv[1:4]
    _, cookie = post("user:signIn", {"username": name, "password": password})
    line = Line(cookie)
    try:
        page = line.ask("page:create", {"title": title, "content": "# Prices\n\nNothing yet.\n"})
    except RuntimeError:
        page = line.ask("page:read", {"title": title})
    line.ask("page:open", {"page": page["id"]})
    line.ask("page:edit", {"page": page["id"], "edits": [{"section": "Prices", "set": "Rye: 1.32\n"}]})
    text = line.ask("page:read", {"page": page["id"]})["content"]
    print(json.dumps({"page": page["id"], "content": text}), flush=True)
    while True:
        event, payload = line.next()
        print(json.dumps({"event": event, "payload": payload}), flush=True)


if __name__ == "__main__":
    try:
        main()
    except (KeyboardInterrupt, BrokenPipeError, ConnectionError):
        pass
