"""A local address for tests/http: prints its port, then answers POSTs as the response's text asks.

The text is that of a sample ("response"), or what a chat model is asked. A text "429 twice a" is answered with status 429
twice and then well; requests are counted by their text. GET /log gives what was received, as JSON.
"""
import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

lock = threading.Lock()
seen, log, now, most = {}, [], 0, 0


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def reply(self, status, body, headers=()):
        body = body if isinstance(body, bytes) else body.encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.reply(200, json.dumps({"log": log, "most": most}))

    def do_POST(self):
        global now, most
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        text = body["response"] if "response" in body else body["messages"][0]["content"]
        with lock:
            seen[text] = count = seen.get(text, 0) + 1
            log.append({"body": body, "key": self.headers.get("Authorization"), "peer": self.client_address[1],
                        "at": time.monotonic()})
            now, most = now + 1, max(most, now + 1)
        try:
            self.answer(text, count, body)
        except BrokenPipeError:
            pass
        finally:
            with lock:
                now -= 1

    def answer(self, text, count, body):
        first = count <= 2 and "twice" in text
        kind = (text.split() or [""])[0] if first or "twice" not in text else "good"
        if kind == "slow":
            time.sleep(0.2)
        if kind == "hang":
            time.sleep(3600)
        if kind == "drop":
            self.close_connection = True
            return self.connection.close()
        if kind == "half":  # promises more than it sends
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b'{"score"')
            self.close_connection = True
            return self.connection.close()
        if kind == "garbage":
            return self.reply(200, b"<html>\xff\x00 a proxy's page</html>")
        if kind == "flood":
            return self.reply(200, b"[" + b"1," * (2 << 20))
        if kind == "wait":
            return self.reply(429, "slow down", [("Retry-After", "1")])
        if kind == "tomorrow":
            return self.reply(429, "slow down", [("Retry-After", "86400")])
        if kind.isdigit():
            return self.reply(int(kind), f"no: {self.headers.get('Authorization')}")
        if kind == "echo":
            return self.reply(200, json.dumps({"error": "denied to " + self.headers.get("Authorization")}).replace("/", "\\/"))
        if kind == "raw":
            return self.reply(200, text[4:])
        if "messages" in body:
            content = text[4:] if kind == "say" else "It is right. 1"
            return self.reply(200, json.dumps({"choices": [{"message": {"role": "assistant", "content": content}}]}))
        self.reply(200, json.dumps({"score": len(text), "parts": {"half": len(text) / 2}}))


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
print(server.server_address[1], flush=True)
server.serve_forever()
