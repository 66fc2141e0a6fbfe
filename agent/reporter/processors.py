"""The models of processors."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import psutil

from agent.reporter.readings import reading, text_of

ARM_PARTS = {
    "0x41": {  # Arm
        "0x810": "ARM810",
        "0x920": "ARM920",
        "0x926": "ARM926",
        "0xb02": "ARM11 MPCore",
        "0xb36": "ARM1136",
        "0xb56": "ARM1156",
        "0xb76": "ARM1176",
        "0xc05": "Cortex-A5",
        "0xc07": "Cortex-A7",
        "0xc08": "Cortex-A8",
        "0xc09": "Cortex-A9",
        "0xc0d": "Cortex-A12",
        "0xc0e": "Cortex-A17",
        "0xc0f": "Cortex-A15",
        "0xd01": "Cortex-A32",
        "0xd02": "Cortex-A34",
        "0xd03": "Cortex-A53",
        "0xd04": "Cortex-A35",
        "0xd05": "Cortex-A55",
        "0xd06": "Cortex-A65",
        "0xd07": "Cortex-A57",
        "0xd08": "Cortex-A72",
        "0xd09": "Cortex-A73",
        "0xd0a": "Cortex-A75",
        "0xd0b": "Cortex-A76",
        "0xd0c": "Neoverse-N1",
        "0xd0d": "Cortex-A77",
        "0xd0e": "Cortex-A76AE",
        "0xd40": "Neoverse-V1",
        "0xd41": "Cortex-A78",
        "0xd42": "Cortex-A78AE",
        "0xd43": "Cortex-A65AE",
        "0xd44": "Cortex-X1",
        "0xd46": "Cortex-A510",
        "0xd47": "Cortex-A710",
        "0xd48": "Cortex-X2",
        "0xd49": "Neoverse-N2",
        "0xd4a": "Neoverse-E1",
        "0xd4b": "Cortex-A78C",
        "0xd4c": "Cortex-X1C",
        "0xd4d": "Cortex-A715",
        "0xd4e": "Cortex-X3",
        "0xd4f": "Neoverse-V2",
        "0xd80": "Cortex-A520",
        "0xd81": "Cortex-A720",
        "0xd82": "Cortex-X4",
        "0xd83": "Neoverse-V3AE",
        "0xd84": "Neoverse-V3",
        "0xd85": "Cortex-X925",
        "0xd87": "Cortex-A725",
        "0xd8e": "Neoverse-N3",
    },
    "0x42": {"0x100": "Brahma-B53", "0x516": "ThunderX2"},  # Broadcom
    "0x43": {"0x0a1": "ThunderX", "0x0a2": "ThunderX-81XX", "0x0a3": "ThunderX-83XX", "0x0af": "ThunderX2"},  # Cavium
    "0x46": {"0x001": "A64FX"},  # Fujitsu
    "0x48": {"0xd01": "Kunpeng-920", "0xd40": "Cortex-A76"},  # HiSilicon
    "0x4e": {"0x000": "Denver", "0x003": "Denver 2", "0x004": "Carmel"},  # NVIDIA
    "0x50": {"0x000": "X-Gene"},  # APM
    "0x51": {  # Qualcomm
        "0x06f": "Krait",
        "0x201": "Kryo",
        "0x205": "Kryo",
        "0x211": "Kryo",
        "0x800": "Kryo 2xx Gold",
        "0x801": "Kryo 2xx Silver",
        "0x802": "Kryo 3xx Gold",
        "0x803": "Kryo 3xx Silver",
        "0x804": "Kryo 4xx Gold",
        "0x805": "Kryo 4xx Silver",
        "0xc00": "Falkor",
        "0xc01": "Saphira",
    },
    "0x61": {  # Apple
        "0x022": "Apple M1 Icestorm",
        "0x023": "Apple M1 Firestorm",
        "0x024": "Apple M1 Pro Icestorm",
        "0x025": "Apple M1 Pro Firestorm",
        "0x028": "Apple M1 Max Icestorm",
        "0x029": "Apple M1 Max Firestorm",
        "0x032": "Apple M2 Blizzard",
        "0x033": "Apple M2 Avalanche",
    },
    "0x70": {"0x303": "FTC310", "0x660": "FTC660", "0x661": "FTC661", "0x662": "FTC662", "0x663": "FTC663"},  # Phytium
    "0xc0": {"0xac3": "Ampere-1", "0xac4": "Ampere-1a", "0xac5": "Ampere-1b"},  # Ampere
}
"""Names by implementer and part. For these processors, Linux shows numbers only."""

NAMES = ("model name", "cpu model", "cpu", "uarch")
"""The fields of /proc/cpuinfo that name a processor's model: on most systems, on MIPS and Alpha, on POWER and SPARC,
and on RISC-V.
"""


def read_processors(*, is_virtual: bool) -> list[str]:
    """`<model> <n> Virtual Core` or `… Physical Core`, one entry for each distinct model."""
    models = models_of(text_of(Path("/proc/cpuinfo")))
    count = reading(psutil.cpu_count, None) or 1
    # Some systems describe all their processors once, and some not at all.
    return processor_lines(
        models if len(models) > 1 else (models or [platform.machine()]) * count, is_virtual=is_virtual
    )


def processor_lines(models: Iterable[str], *, is_virtual: bool) -> list[str]:
    """The lines for these models, one model for each processor."""
    kind = "Virtual" if is_virtual else "Physical"
    return [f"{model} {count} {kind} Core" for model, count in Counter(models).items()]


def models_of(cpuinfo: str) -> list[str]:
    """The model of each processor in the text of /proc/cpuinfo, [] when it names none."""
    fields = [
        (key.strip().lower(), value.strip()) for key, _, value in (line.partition(":") for line in cpuinfo.splitlines())
    ]
    for name in NAMES:
        named = [value for key, value in fields if key == name and value]
        if named:
            return named
    implementer, models = "", []
    for key, value in fields:
        if key == "cpu implementer":
            implementer = value.lower()
        elif key == "cpu part":
            models.append(
                ARM_PARTS.get(implementer, {}).get(value.lower(), f"ARM {implementer} {value}".replace("  ", " "))
            )
    return models
