"""An issuer of tokens on this machine: keys made with openssl, JWTs signed with them, and the JWKS document behind a URL
of the loopback interface, which can be changed, withheld and counted."""

import base64
import http.server
import json
import pathlib
import subprocess
import tempfile
import threading
import time

ISSUER = "https://issuer.example"


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def openssl(*args, **more):
    return subprocess.run(["openssl", *args], check=True, capture_output=True, **more).stdout


class Key:
    """A pair of keys: Ed25519, or RSA."""

    def __init__(self, folder, name, rsa=False):
        self.name, self.rsa = name, rsa
        self.file = pathlib.Path(folder) / f"{name}.pem"
        kind = ("rsa", "-pkeyopt", "rsa_keygen_bits:2048") if rsa else ("ed25519",)
        openssl("genpkey", "-algorithm", *kind, "-out", str(self.file))

    def jwk(self):
        if self.rsa:
            modulus = openssl("rsa", "-in", str(self.file), "-noout", "-modulus").decode().strip().partition("=")[2]
            parts = {"kty": "RSA", "n": base64url(bytes.fromhex(modulus)), "e": "AQAB"}
        else:
            public = openssl("pkey", "-in", str(self.file), "-pubout", "-outform", "DER")[-32:]
            parts = {"kty": "OKP", "crv": "Ed25519", "x": base64url(public)}
        return {**parts, "kid": self.name, "use": "sig"}

    def sign(self, text):
        if self.rsa:
            return openssl("dgst", "-sha256", "-sign", str(self.file), input=text)
        with tempfile.NamedTemporaryFile() as message:  # Ed25519 is not signed from a pipe
            message.write(text)
            message.flush()
            return openssl("pkeyutl", "-sign", "-rawin", "-inkey", str(self.file), "-in", message.name)

    def token(self, subject, seconds=600, **claims):
        """An access token as RFC 9068 has them."""
        now = int(time.time())
        header = {"alg": "RS256" if self.rsa else "EdDSA", "typ": "at+jwt", "kid": self.name}
        payload = {"iss": ISSUER, "aud": "whence", "sub": subject, "client_id": "notebook", "jti": "1", "iat": now,
                   "exp": now + seconds, **claims}
        signed = ".".join(base64url(json.dumps(part).encode()) for part in (header, payload))
        return f"{signed}.{base64url(self.sign(signed.encode()))}"


def jwks(*keys):
    return json.dumps({"keys": [key.jwk() for key in keys]})


class KeyServer:
    """Serves one document, or answers 503 while there is none."""

    def __init__(self):
        self.document, self.asked = None, 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):  # pylint: disable=invalid-name
                outer.asked += 1
                document = outer.document
                self.send_response(503 if document is None else 200)
                body = (document or "").encode()
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):  # pylint: disable=arguments-differ
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/keys"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
