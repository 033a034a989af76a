#!/usr/bin/env python3
"""The README's own company, followed to the letter: what it says to type is typed, what it shows is what comes. `$ cat`
shows a file that is to be written, YAML goes into closebook.yaml, `…` stands for any lines."""
import os
import re

import harness
from harness import equal, ok

README = (harness.ROOT / "README.md").read_text()
SHOWN_FOLDER = "/srv/llm-costs"
section = README.split("\n## Your own company\n")[1].split("\n## ")[0]

home = harness.temporary_folder()
(home / "bin").mkdir()
(home / "bin" / "closebook").symlink_to(harness.BINARY)
work = home / "work"
work.mkdir()
(work / "closebook.yaml").write_text("state_dir: state\n")
environment = {"HOME": str(home), "XDG_STATE_HOME": None, "XDG_CONFIG_HOME": None, "LC_ALL": "C.UTF-8",
               "PATH": f"{home / 'bin'}:{os.environ['PATH']}"}


def steps(block):
    """(command, what is shown below it) of a block."""
    return [(one.split("\n", 1) + [""])[:2] for one in re.split(r"^\$ ", block, flags=re.M)[1:]]


def matches(got, shown):
    pattern = "".join("(.*\n)*" if line == "…" else re.escape(line.rstrip()) + r" *\n" for line in shown.splitlines())
    return re.fullmatch(pattern, got.replace(str(work), SHOWN_FOLDER))


typed = 0
for language, block in re.findall(r"^```(\w*)\n(.*?)^```$", section, re.M | re.S):
    if language == "yaml":
        with open(work / "closebook.yaml", "a", encoding="utf-8") as config:
            config.write(block)
    for command, shown in steps(block) if not language else []:
        if command.startswith("cat "):
            ok((work / command[4:]).parent.is_dir(), f"the folder of {command[4:]} has been made")
            (work / command[4:]).write_text(shown)
            continue
        r = harness.execute(["bash", "-c", "set -o pipefail; " + command], cwd=work, env=environment)
        equal(r.code, harness.DONE, command, r.stderr)
        ok(matches(r.stdout, shown) or (not shown and command == "closebook init"), f"{command}: what it prints is what is shown", r.stdout)
        typed += 1
ok(typed >= 7, "the tutorial has its commands", typed)
harness.execute(["closebook", "db", "stop"], cwd=work, env=environment)
harness.done()
