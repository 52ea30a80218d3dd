#!/usr/bin/env python3
"""scratch.py PACKAGES VERSION: installs the package in the root that it runs in, lets it serve as its units say, upgrades,
removes and purges it. Run by packaging/check in a root that is thrown away, with processes and a network of its own."""

import configparser
import ctypes
import glob
import json
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time

packages, version = pathlib.Path(sys.argv[1]), sys.argv[2]
data = pathlib.Path("/var/lib/winnow")
# The programs are asked as on a machine of their own: what says where another cluster is stays outside.
for name in [name for name in os.environ if name.startswith("WINNOW_")]:
    del os.environ[name]


def run(*words, check=True, **options):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300, **options)
    if check and done.returncode:
        sys.exit(f"{' '.join(map(str, words))} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout


def expect(holds, what):
    if not holds:
        sys.exit(f"scratch root: {what}")


def install(version):
    (path,) = packages.glob(f"winnow_{version}_*.deb")
    run("dpkg", "--install", str(path))


class Unit(configparser.RawConfigParser):
    """A unit as systemd would start it: its command, its user, its sandbox of system calls, its words to the manager."""

    def __init__(self, name, instance=""):
        super().__init__(strict=False, interpolation=None)
        self.optionxform = str
        text = pathlib.Path(f"/lib/systemd/system/{name}.service").read_text()
        self.read_string(text)
        self.name = name + instance
        self.filters = [line.split("=", 1)[1] for line in text.splitlines() if line.startswith("SystemCallFilter=")]
        self.words = self["Service"]["ExecStart"].replace("%i", instance).split()
        self.watchdog = int(self["Service"].get("WatchdogSec", 0))

    def sandbox(self):
        """In the child: system calls, user and rights as the unit says."""
        user = pwd.getpwnam(self["Service"]["User"])
        library = ctypes.CDLL(None, use_errno=True)
        # PR_SET_NO_NEW_PRIVS, and PR_SET_MDWE where the kernel has it: no memory is ever writable and executable.
        library.prctl(38, 1, 0, 0, 0)
        if self["Service"]["MemoryDenyWriteExecute"] == "yes":
            library.prctl(65, 1, 0, 0, 0)
        os.setgroups([])
        os.setresgid(user.pw_gid, user.pw_gid, user.pw_gid)
        os.setresuid(user.pw_uid, user.pw_uid, user.pw_uid)
        os.umask(int(self["Service"]["UMask"], 8))
        if self.allowed is not None:
            seccomp = ctypes.CDLL("libseccomp.so.2")
            seccomp.seccomp_init.restype = ctypes.c_void_p
            # What is not allowed is answered EPERM, as the unit says.
            context = ctypes.c_void_p(seccomp.seccomp_init(ctypes.c_uint32(0x00050000 | 1)))
            for number in self.allowed:
                seccomp.seccomp_rule_add(context, ctypes.c_uint32(0x7FFF0000), ctypes.c_int(number), 0)
            if seccomp.seccomp_load(context):
                os._exit(98)

    @property
    def allowed_calls(self):
        """The numbers of the system calls that the filters leave; None where systemd or libseccomp is not here."""
        try:
            seccomp = ctypes.CDLL("libseccomp.so.2")
            names = set()
            for line in self.filters:
                for group in line.lstrip("~").split():
                    (names.difference_update if line.startswith("~") else names.update)(calls(group))
            # What systemd always leaves.
            names.update(calls("@default") | {"execve"})
        except (OSError, FileNotFoundError):
            return None
        numbers = [seccomp.seccomp_syscall_resolve_name(name.encode()) for name in names]
        return [number for number in numbers if number >= 0]

    def start(self):
        self.allowed = self.allowed_calls
        path = f"/run/notify-{self.name}"
        if os.path.exists(path):
            os.unlink(path)
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.manager.bind(path)
        os.chmod(path, 0o777)
        self.manager.settimeout(60)
        self.log = open(f"/run/{self.name}.log", "ab")
        # A tenth of its watchdog: a sign of life comes while this waits.
        environment = {"PATH": "/usr/bin:/bin", "NOTIFY_SOCKET": path, "WATCHDOG_USEC": str(self.watchdog * 100_000)}
        self.process = subprocess.Popen(
            self.words, env=environment, cwd="/", stdout=self.log, stderr=self.log, preexec_fn=self.sandbox)
        self.heard("READY=1")
        self.heard("WATCHDOG=1")

    def heard(self, word):
        try:
            while True:
                if word in self.manager.recv(4096).decode().split("\n"):
                    return
        except TimeoutError:
            sys.exit(f"{self.name} does not say {word}:\n" + self.said())

    def said(self):
        return pathlib.Path(f"/run/{self.name}.log").read_text()[-4000:]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.heard("STOPPING=1")
        code = self.process.wait(60)
        expect(code == 0, f"{self.name} ended with {code}")
        self.manager.close()


def calls(group):
    """The system calls of a group of systemd, those of groups in it too."""
    if not group.startswith("@"):
        return {group}
    found = set()
    for line in run("systemd-analyze", "syscall-filter", group).splitlines():
        word = line.strip()
        if line.startswith(" ") and word and not word.startswith("#"):
            found |= calls(word)
    return found


def winnow(*words, **options):
    return run("winnow", *words, **options)


def until_it_answers():
    for _ in range(300):
        if '"up"' in winnow("cluster", "status", "--format", "json", check=False):
            return
        time.sleep(0.2)
    said = "".join(
        f"{unit.name} ({'runs' if unit.process.poll() is None else unit.process.returncode}) says:\n{unit.said()}"
        for unit in (shard, coordinator))
    sys.exit("the coordinator does not reach its shard:\n" + winnow("cluster", "status", check=False) + said)


def items():
    return [json.loads(winnow("item", "get", str(number), "--collection", "shop", "--format", "json")) for number in (1, 50, 99)]


# --- Installed: user, places, modes ---

expect(subprocess.run(["getent", "passwd", "winnow"], capture_output=True).returncode, "there is a user winnow before")
install(version + "~before")
user = pwd.getpwnam("winnow")
for path, owner, mode in ((data, user.pw_uid, 0o750), ("/var/log/winnow", user.pw_uid, 0o750), ("/etc/winnow", 0, 0o750)):
    status = os.stat(path)
    expect((status.st_uid, status.st_mode & 0o777) == (owner, mode), f"{path} is {status.st_mode:o} of {status.st_uid}")
expect("winnow" in run("man", "--where", "winnow-query") if os.path.exists("/usr/bin/man") else True, "no man page is found")

if os.path.exists("/usr/sbin/logrotate"):
    said = run("/usr/sbin/logrotate", "--debug", "/etc/logrotate.d/winnow")
    expect("error:" not in said, said)

# --- It serves, as its units start it ---

shard, coordinator = Unit("winnow-shard@", "0"), Unit("winnow-coordinator")
shard.start()
coordinator.start()
until_it_answers()
schema, feed = pathlib.Path("/run/schema.json"), pathlib.Path("/run/items.jsonl")
schema.write_text('{"embedding_dimension": 2, "rerank_dimension": 0, "attributes": [{"name": "price", "type": "float"}]}')
feed.write_text("".join(f'{{"id": {n}, "price": {n}.5, "embedding": [{n}, 1]}}\n' for n in range(1, 101)))
winnow("collection", "create", "shop", "--schema", str(schema))
winnow("feed", str(feed), "--collection", "shop")
before = items()

# --- A snapshot, as the timer's unit makes it ---

snapshots = data / "snapshots"
snapshots.mkdir()
os.chown(snapshots, user.pw_uid, user.pw_gid)
for _ in range(3):
    unit = Unit("winnow-snapshot")
    unit.allowed = unit.allowed_calls
    done = subprocess.run(
        unit.words, env={"PATH": "/usr/bin:/bin", "SNAPSHOTS_KEPT": "2"}, cwd="/", preexec_fn=unit.sandbox,
        capture_output=True, text=True, timeout=120)
    expect(done.returncode == 0, f"the snapshot ended with {done.returncode}: {done.stdout}{done.stderr}")
    time.sleep(1.1)
kept = sorted(os.listdir(snapshots))
expect(len(kept) == 2, f"of three snapshots are kept {kept}, not two")
winnow("snapshot", "verify", str(snapshots / kept[-1]))

# --- Upgraded: nodes go on, and come back with the data; what an operator changed stays ---

configuration = pathlib.Path("/etc/winnow/shard-0.json")
changed = json.dumps({**json.loads(configuration.read_text()), "log-format": "json"})
configuration.write_text(changed)
install(version)
expect(run("dpkg-query", "--show", "--showformat=${Version}", "winnow") == version, "another version than installed")
expect(items() == before, "a node that runs does not go on during an upgrade")
expect(configuration.read_text() == changed, "the upgrade has changed what an operator wrote")
for node in (coordinator, shard):
    node.stop()
for node in (shard, coordinator):
    node.start()
until_it_answers()
expect(items() == before, "the items after the upgrade are others")

# --- An image of it serves without anything else of this system ---

image = pathlib.Path("/run/image")
run("/run/packages/collect", str(image))
expect(not (image / "bin/sh").exists() and not (image / "usr/bin/sh").exists(), "the image has a shell")
# As an engine does; a Swift program has its arguments from there.
(image / "proc").mkdir()
run("mount", "-t", "proc", "proc", str(image / "proc"))
command = ["/usr/bin/winnowd", "shard", "--listen", "127.0.0.1:7799", "--no-admin", "--data-dir", "/var/lib/winnow/shard"]
inside = [shutil.which("chroot"), "--userspec", "65532:65532", str(image)]
contained = subprocess.Popen(inside + command, env={}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
health = inside + ["/usr/bin/winnow", "ping", "--timeout", "2s"]
for _ in range(100):
    asked = subprocess.run(health, env={"WINNOW_COORDINATOR": "127.0.0.1:7799"}, capture_output=True, text=True)
    if asked.returncode == 0 or contained.poll() is not None:
        break
    time.sleep(0.2)
contained.terminate()
said = contained.communicate(timeout=60)[0]
expect(asked.returncode == 0, f"the node of the image does not answer: {asked.stdout}{asked.stderr}{said}")
expect(contained.returncode == 0, f"the node of the image ended with {contained.returncode}: {said}")
run("umount", str(image / "proc"))
size = sum(os.path.getsize(path) for path in glob.glob(f"{image}/**", recursive=True) if os.path.isfile(path))

# --- Removed: the data stays; purged: it goes ---

for node in (coordinator, shard):
    node.stop()
run("dpkg", "--remove", "winnow")
expect(not os.path.exists("/usr/bin/winnowd") and (data / "shard-0").is_dir(), "removal took the data, or left the programs")
expect(configuration.read_text() == changed, "removal took the configuration")
install(version)
shard.start()
coordinator.start()
until_it_answers()
expect(items() == before, "installed again, the items are others")
for node in (coordinator, shard):
    node.stop()
run("dpkg", "--purge", "winnow")
left = [path for path in (data, "/etc/winnow", "/var/log/winnow", "/etc/logrotate.d/winnow") if os.path.exists(path)]
expect(not left, f"purged, and still there: {left}")
expect(subprocess.run(["getent", "passwd", "winnow"], capture_output=True).returncode, "purged, and the user is there")
print(f"package: installed, served under its system calls ({len(shard.allowed or [])} of them), upgraded, removed, purged; image {size >> 20} MiB")
