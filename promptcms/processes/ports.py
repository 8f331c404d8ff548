"""Whether the web process will be able to listen, in words, before anything starts."""

import errno
import ipaddress
import socket


def is_loopback(host: str) -> bool:
    """Say whether only this machine can reach what listens on `host`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def reachable_at(host: str) -> str:
    """Return the host to use in an address for what listens on `host` on this machine."""
    if host in ("0.0.0.0", "::"):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def obstacle(host: str, port: int) -> str | None:
    """Return one sentence why nobody can listen on `host` and `port` now, or None."""
    if not 1 <= port <= 65535:
        return f"{port} is no port: choose a number from 1 to 65535 with --port."
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            # As servers do: an old connection that is still closing is no obstacle.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except PermissionError:
        return f"You may not listen on port {port}: choose one above 1023 with --port."
    except socket.gaierror:
        return f"{host} is no address of this machine: choose another with --host."
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return (
                f"Port {port} on {host} is taken by another program: stop that program, "
                f"or choose another port with --port {port + 1 if port < 65535 else 8000}."
            )
        return f"Nothing can listen on {host}: {error.strerror}; choose another with --host."
    return None
