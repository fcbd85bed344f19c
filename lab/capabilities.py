"""Which capabilities a host in a container may have: those this machine has, less the clock's."""

from __future__ import annotations

from pathlib import Path

# In the kernel's order, linux/capability.h; Docker's names.
NAMES = [
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "KILL",
    "SETGID",
    "SETUID",
    "SETPCAP",
    "LINUX_IMMUTABLE",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_ADMIN",
    "NET_RAW",
    "IPC_LOCK",
    "IPC_OWNER",
    "SYS_MODULE",
    "SYS_RAWIO",
    "SYS_CHROOT",
    "SYS_PTRACE",
    "SYS_PACCT",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_NICE",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "MKNOD",
    "LEASE",
    "AUDIT_WRITE",
    "AUDIT_CONTROL",
    "SETFCAP",
    "MAC_OVERRIDE",
    "MAC_ADMIN",
    "SYSLOG",
    "WAKE_ALARM",
    "BLOCK_SUSPEND",
    "AUDIT_READ",
    "PERFMON",
    "BPF",
    "CHECKPOINT_RESTORE",
]
# A lab host must not set this machine's clock.
NEVER = "SYS_TIME"


STATUS, LAST = Path("/proc/1/status"), Path("/proc/sys/kernel/cap_last_cap")


def flags(status: Path = STATUS, last: Path = LAST) -> list[str]:
    """Docker's flags; `--privileged` would fail where a capability is missing. A kernel may know fewer than we do."""
    known = NAMES[: int(last.read_text(encoding="utf-8")) + 1]
    row = next(line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("CapBnd:"))
    bounding = int(row.split()[1], 16)
    missing = [name for bit, name in enumerate(known) if not bounding >> bit & 1]
    return ["--cap-add=ALL", *(f"--cap-drop={name}" for name in dict.fromkeys([*missing, NEVER]))]
