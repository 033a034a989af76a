#!/usr/bin/env python3
"""Runs a command, its output thrown away and its log in FOLDER/log; adds to FOLDER/measured what its wall time and peak
memory were ("CASE STAGE MILLISECONDS", "CASE memory:STAGE MEGABYTES"), and to FOLDER/memory what it held each second:
measure.py FOLDER CASE STAGE COMMAND…
"""
import os
import select
import subprocess
import sys
import time


def resident(pid):
    """Megabytes; 0 when it is over."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as status:
            return next((int(line.split()[1]) >> 10 for line in status if line.startswith("VmRSS:")), 0)
    except (FileNotFoundError, ProcessLookupError):
        return 0


def main():
    folder, case, stage, *command = sys.argv[1:]
    held = []
    with open(f"{folder}/log", "wb") as log:
        begin = time.monotonic()
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=log)
        done = os.pidfd_open(child.pid)
        while not wait(done, begin + len(held) + 1):
            held.append(resident(child.pid))
        _, status, usage = os.wait4(child.pid, 0)
        elapsed = time.monotonic() - begin
    if status:
        with open(f"{folder}/log", encoding="utf-8", errors="replace") as log:
            sys.exit(f"{log.read()}bench: case {case}, {stage}: {command[0]} failed")
    with open(f"{folder}/measured", "a", encoding="ascii") as out:
        out.write(f"{case} {stage} {elapsed * 1000:.1f}\n{case} memory:{stage} {usage.ru_maxrss >> 10}\n")
    with open(f"{folder}/memory", "a", encoding="ascii") as out:
        out.write(" ".join(map(str, (case, stage, *held))) + "\n")


def wait(process, until):
    """Whether it ended before that time."""
    return bool(select.select([process], [], [], max(0, until - time.monotonic()))[0])


main()
