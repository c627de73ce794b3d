"""A Slurm of one node on this machine, for tests: munged, slurmctld and slurmd without systemd or cgroups.

    python tests/slurm/cluster.py up FOLDER      # prints the SLURM_CONF to export
    python tests/slurm/cluster.py down FOLDER

Needs root and Debian's packages slurm-wlm and munge (apt-get install --no-install-recommends). Everything it
writes is in FOLDER; `up` finds a cluster that runs already, `down` ends what `up` has started, by process id.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

DAEMONS = ("munged", "slurmctld", "slurmd")
PORTS = (26817, 26818)  # beside Slurm's own 6817 and 6818
PATIENCE = 30.0

_CONF = """\
ClusterName=gantheory
SlurmctldHost={node}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
{communication}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SlurmdParameters=config_overrides
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=2,bf_interval=2,batch_sched_delay=0
KillWait=3
InactiveLimit=0
MinJobAge=300
FirstJobId={first_job}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
NodeName={node} NodeAddr=127.0.0.1 CPUs={cores} CoresPerSocket={cores} RealMemory={memory} State=UNKNOWN
PartitionName=main Nodes={node} Default=YES MaxTime=INFINITE State=UP
"""


class UnavailableError(RuntimeError):
    """This machine cannot run a Slurm; the message says why."""


def up(folder: Path) -> Path:
    """Start the daemons that do not run yet, wait until the node takes jobs; returns slurm.conf."""
    _require()
    for name in ("state", "spool"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)  # munged refuses a folder that others can write to
    conf = folder / "slurm.conf"
    if not conf.exists():
        conf.write_text(_configuration(folder), encoding="utf-8")
    environment = {**os.environ, "SLURM_CONF": str(conf)}
    _start_munge(folder)
    for name, arguments in (("slurmctld", ["-f", str(conf)]), ("slurmd", ["-f", str(conf), "-N", _node()])):
        if _pid(folder, name) is None:
            _call([name, *arguments], environment)
    end = time.monotonic() + PATIENCE
    state = ""
    while time.monotonic() < end:
        answer = _ask(["sinfo", "--noheader", "--format=%T"], environment)
        state = answer.strip()
        if state in {"idle", "mixed", "allocated"}:
            return conf
        time.sleep(0.2)
    raise UnavailableError(f"the node does not take jobs (state {state or 'unknown'}); see {folder}/*.log")


def down(folder: Path) -> None:
    """Cancel all jobs, then end the daemons by process id."""
    environment = {**os.environ, "SLURM_CONF": str(folder / "slurm.conf")}
    if _pid(folder, "slurmctld"):
        jobs = _ask(["squeue", "--noheader", "--format=%A"], environment).split()
        if jobs:  # before slurmd, or its job steps would outlive it
            _ask(["scancel", *sorted(set(jobs))], environment)
            end = time.monotonic() + 10
            while time.monotonic() < end and _ask(["squeue", "--noheader"], environment).strip():
                time.sleep(0.2)
    for name in reversed(DAEMONS):
        pid = _pid(folder, name)
        if pid is None:
            continue
        for number in (signal.SIGTERM, signal.SIGKILL):
            os.kill(pid, number)
            end = time.monotonic() + 10
            while time.monotonic() < end and _pid(folder, name):
                time.sleep(0.1)
            if _pid(folder, name) is None:
                break


def _require() -> None:
    missing = [name for name in (*DAEMONS, "sbatch") if shutil.which(name) is None]
    if missing:
        raise UnavailableError(f"not installed: {', '.join(missing)}")
    if os.geteuid() != 0:
        raise UnavailableError("needs root")


def _configuration(folder: Path) -> str:
    node = _node()
    try:  # listen on the node's own address only, where its name has one
        socket.getaddrinfo(node, None, flags=socket.AI_ADDRCONFIG)
        communication = "CommunicationParameters=NoInAddrAny,NoCtldInAddrAny"
    except OSError:
        communication = ""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    return _CONF.format(
        node=node,
        folder=folder,
        controller_port=PORTS[0],
        node_port=PORTS[1],
        communication=communication,
        # submitit reads FOLDER/JOB: a second cluster must not number its jobs like the first
        first_job=int(time.time()) % 50_000_000 + 1,
        cores=os.cpu_count(),
        memory=memory * 9 // 10,
    )


def _start_munge(folder: Path) -> None:
    if _pid(folder, "munged") is not None:
        return
    key = folder / "munge.key"
    if not key.exists():
        key.touch(mode=0o600)
        key.write_bytes(os.urandom(1024))
    for name in ("munge.socket", "munge.socket.lock"):
        (folder / name).unlink(missing_ok=True)
    files = {
        "--key-file": "munge.key",
        "--socket": "munge.socket",
        "--pid-file": "munged.pid",
        "--log-file": "munged.log",
        "--seed-file": "munge.seed",
    }
    # --force: a parent such as /tmp, which others can write to, is a warning and no error.
    options = [f"{flag}={folder / name}" for flag, name in files.items()]
    _call(["munged", "--force", *options], dict(os.environ))


def _node() -> str:
    return socket.gethostname().partition(".")[0]


def _pid(folder: Path, daemon: str) -> int | None:
    """Process id of a daemon that `up` has started and that is alive; a recycled id is not taken for it."""
    try:
        pid = int((folder / f"{daemon}.pid").read_text())
        name = Path(f"/proc/{pid}/comm").read_text().strip()
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, ValueError):
        return None
    return pid if name == daemon and state != "Z" else None


def _call(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)
    if done.returncode:
        raise UnavailableError(f"{command[0]} does not start: {(done.stderr or done.stdout).strip()}")


def _ask(command: list[str], environment: dict[str, str]) -> str:
    try:
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=10, check=False
        ).stdout
    except subprocess.TimeoutExpired:
        return ""


if __name__ == "__main__":
    action, where = sys.argv[1], Path(sys.argv[2]).resolve()
    try:
        if action == "up":
            print(up(where))
        else:
            down(where)
    except UnavailableError as error:
        sys.exit(f"no Slurm here: {error}")
