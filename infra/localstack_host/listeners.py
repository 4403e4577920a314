"""Addresses at which a process listens, as the system names them."""

import ipaddress
import subprocess
from collections.abc import Iterator
from pathlib import Path

# State of a listening socket in /proc/net/tcp (proc(5), include/net/tcp_states.h).
_LISTEN = "0A"


def exposed(pid: int, proc: Path = Path("/proc")) -> list[str]:
    """Return the addresses with ports, of those the process listens at, that are no loopback."""
    found = _linux(pid, proc) if (proc / "net" / "tcp").exists() else _other_systems(pid)
    return sorted(f"{host}:{port}" for host, port in found if not _is_loopback(host))


def _is_loopback(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _linux(pid: int, proc: Path) -> Iterator[tuple[str, int]]:
    sockets = set()
    for descriptor in (proc / str(pid) / "fd").iterdir():
        try:
            sockets.add(str(descriptor.readlink()))
        except FileNotFoundError:  # closed meanwhile
            continue
    for table in ("tcp", "tcp6"):
        file = proc / "net" / table
        if not file.exists():
            continue
        for line in file.read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == _LISTEN and f"socket:[{fields[9]}]" in sockets:
                host, _, port = fields[1].partition(":")
                yield _host(host), int(port, 16)


def _host(hexadecimal: str) -> str:
    """Return an address of /proc/net/tcp: 32-bit words in the byte order of the machine."""
    words = [hexadecimal[start : start + 8] for start in range(0, len(hexadecimal), 8)]
    packed = b"".join(bytes.fromhex(word)[::-1] for word in words)
    return str(ipaddress.ip_address(packed))


def _other_systems(pid: int) -> Iterator[tuple[str, int]]:
    listing = subprocess.run(
        ["lsof", "-nP", "-a", "-p", str(pid), "-iTCP", "-sTCP:LISTEN", "-Fn"],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    for line in listing.stdout.splitlines():
        if line.startswith("n"):
            host, _, port = line[1:].rpartition(":")
            yield host.strip("[]"), int(port)
