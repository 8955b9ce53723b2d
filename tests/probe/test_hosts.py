"""``probe.pyz`` on hosts as they are: any CPython from 3.9 on, hardly any system around it, and other people's modules in its way."""

from __future__ import annotations

import json
import os
import pwd
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from diagnostics.engine import library, report
from tests.probe.running import ALONE, BARE, run

pytestmark = pytest.mark.netns

_HOME = Path(pwd.getpwuid(os.getuid()).pw_dir)
INTERPRETERS = {found.parts[-3]: found for found in sorted(_HOME.glob(".pyenv/versions/*/bin/python"))}
CARRIED = re.compile(r"3\.(9|1\d)\.")


def says_no_internet(ended: subprocess.CompletedProcess[str]) -> None:
    """The whole way was gone, on what there is, and nothing of ours broke."""
    assert ended.returncode == 1, (ended.returncode, ended.stdout[-500:], ended.stderr[-1500:])
    told = json.loads(ended.stdout)
    assert told["verdict"]["cause"] == "no_internet"
    assert told["run"]["error"] is None
    assert [one for one in told["attempts"] if one["reason"] == "internal_error"] == []
    assert ended.stderr == ""


def test_without_a_network_it_says_so(probe: Path) -> None:
    ended = run(probe, "--json")
    says_no_internet(ended)
    assert json.loads(ended.stdout)["run"]["versions"]["knowledge"] == library.load().version
    assert report.parse(ended.stdout).attempts


# -- interpreters --------------------------------------------------------------------------------------------------


@pytest.mark.optional
@pytest.mark.parametrize("version", [name for name in INTERPRETERS if CARRIED.match(name)])
def test_it_runs_on_every_interpreter_from_3_9_on(probe: Path, version: str) -> None:
    says_no_internet(run(probe, "--json", python=[str(INTERPRETERS[version]), "-I", "-S"]))


@pytest.mark.optional
@pytest.mark.parametrize("version", [name for name in INTERPRETERS if not CARRIED.match(name)])
def test_an_older_interpreter_is_told_in_a_sentence(probe: Path, version: str) -> None:
    ended = run(probe, python=[str(INTERPRETERS[version])], before=())
    assert (ended.returncode, ended.stdout) == (2, "")
    assert re.fullmatch(
        r"probe\.pyz needs Python 3\.9 or newer; this is \S+\. Try: python3\.\d+ probe\.pyz\n", ended.stderr
    )


@pytest.mark.optional
@pytest.mark.skipif(bool(INTERPRETERS) or shutil.which("pypy3") is None, reason="there is a CPython to try, or no PyPy")
def test_it_runs_on_pypy_where_there_is_nothing_else(probe: Path) -> None:
    says_no_internet(run(probe, "--json", python=["pypy3"]))


def test_an_interpreter_without_tls_is_told_in_a_sentence(probe: Path) -> None:
    program = f"import sys, runpy; sys.modules['_ssl'] = None; runpy.run_path({str(probe)!r}, run_name='__main__')"
    ended = run(Path("-c"), program, python=[sys.executable, "-I"], before=())
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "needs a Python with the module ssl" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("flags", ["", "-E -s -OO -u", "-X dev -bb -W error", "-I -X utf8=0 -X frozen_modules=off"])
def test_no_option_of_the_interpreter_matters(probe: Path, flags: str) -> None:
    says_no_internet(run(probe, "--json", python=[sys.executable, *flags.split()]))


@pytest.mark.parametrize(
    "environ",
    [
        {"PYTHONIOENCODING": "ascii:strict", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "HOME": "/nonexistent"},
        {"PYTHONWARNINGS": "error", "PYTHONDEVMODE": "1", "PYTHONASYNCIODEBUG": "1", "TZ": "Nowhere/Nothing"},
        {"PYTHONOPTIMIZE": "2", "PYTHONSAFEPATH": "1", "PYTHONSTARTUP": "/no/such.py", "SUDO_USER": "root", "HOME": "/"},
        {"HOME": "", "LC_ALL": "xx_XX.ISO-8859-1", "LANG": "", "COLUMNS": "-1", "TERM": "\x1b[2J"},
        {"HOME": "/dev/null", "SSL_CERT_FILE": "/none", "SSLKEYLOGFILE": "/none/keys", "OPENSSL_CONF": "/none"},
    ],
    ids=lambda environ: next(iter(environ)),
)  # fmt: skip
def test_no_variable_of_the_host_matters(probe: Path, environ: Mapping[str, str]) -> None:
    says_no_internet(run(probe, "--json", python=[sys.executable], environ={**BARE, **environ}))


def test_modules_that_other_systems_do_not_have_are_not_needed(probe: Path) -> None:
    lacks = ("fcntl", "pwd", "grp", "resource", "termios", "tty", "pty", "readline", "syslog", "_curses")
    program = (
        f"import sys, runpy; sys.modules.update(dict.fromkeys({lacks!r}));"
        f"sys.argv = ['probe.pyz', '--json', '--timeout', '10']; runpy.run_path({str(probe)!r}, run_name='__main__')"
    )
    says_no_internet(run(Path("-c"), program, python=[sys.executable, "-I"]))


# -- other people's modules ----------------------------------------------------------------------------------------

NAMES = ("httpx", "httpcore", "h11", "anyio", "sniffio", "idna", "certifi", "exceptiongroup", "diagnostics")
HOOK = """
import sys, types
class Hook:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.split('.')[0] in {names!r}:
            raise ImportError('another ' + name)
sys.meta_path.insert(0, Hook)
"""


def _full_of_strangers(folder: Path) -> None:
    """Packages and modules of every name that is carried, which cannot even be loaded, and of some that are Python's own."""
    for name in NAMES:
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text("raise RuntimeError('the wrong one')")
    for name in ("ssl", "json", "asyncio", "argparse", "logging", "typing_extensions"):
        (folder / f"{name}.py").write_text("raise RuntimeError('the wrong one')")


def test_modules_in_the_current_folder_are_not_loaded(probe: Path, tmp_path: Path) -> None:
    _full_of_strangers(tmp_path)
    says_no_internet(run(probe, "--json", python=[sys.executable], cwd=tmp_path))


def test_modules_on_the_hosts_own_path_are_not_loaded(probe: Path, tmp_path: Path) -> None:
    _full_of_strangers(tmp_path)
    environ = {**BARE, "PYTHONPATH": str(tmp_path)}
    says_no_internet(run(probe, "--json", python=[sys.executable, "-s"], environ=environ))


@pytest.mark.parametrize(
    "customized",
    [
        "import h11, idna, json",
        "import sys, types; sys.modules['httpx'] = types.ModuleType('httpx'); sys.modules['anyio'] = None",
        "import sys; import diagnostics, diagnostics.engine",
        HOOK.format(names=NAMES),
    ],
    ids=["loaded", "made up", "diagnostics", "hooked"],
)
def test_what_the_host_has_loaded_already_is_not_used(probe: Path, tmp_path: Path, customized: str) -> None:
    for name in NAMES:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("")
    (tmp_path / "diagnostics" / "engine.py").write_text("")
    (tmp_path / "json.py").write_text("def loads(text): return {}")
    (tmp_path / "sitecustomize.py").write_text(customized)
    environ = {**BARE, "PYTHONPATH": str(tmp_path)}
    says_no_internet(run(probe, "--json", python=[sys.executable, "-s"], environ=environ))


def test_a_client_installed_on_the_hosts_path_is_still_found(probe: Path, tmp_path: Path) -> None:
    (tmp_path / "anthropic-0.71.3.dist-info").mkdir()
    environ = {**BARE, "PYTHONPATH": str(tmp_path)}
    # In a folder of its own: this tree has a .venv with the SDK in it, which a project's client uses first.
    options = ("--json", "--client", "anthropic-python", "--project", str(tmp_path))
    ended = run(probe, *options, python=[sys.executable, "-s"], environ=environ)
    assert json.loads(ended.stdout)["run"]["client"]["version"] == "0.71.3"


# -- what is around it ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("closed", ["0<&-", "1>&-", "2>&-", "0<&- 1>&-", "0<&- 2>&-", "1>&- 2>&-", "0<&- 1>&- 2>&-"])
def test_closed_streams_change_nothing_else(probe: Path, closed: str) -> None:
    shell = ["sh", "-c", f'exec "$@" {closed}', "sh", sys.executable]
    ended = run(probe, "--json", python=shell)
    if "1>" in closed:
        assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", "")
    else:
        says_no_internet(ended)


# An interpreter that everybody may read, since ours may stand in somebody's home.
INSTALLED = (
    "mount -t tmpfs -o mode=755 none /mnt && cp {probe} /mnt/ && mkdir /mnt/py /mnt/home && mount --bind {base} /mnt/py;"
    'export LD_LIBRARY_PATH=/mnt/py/lib HOME=/mnt/home; {more}; cd /mnt; exec {become} "$@"'
)
PYTHON = f"/mnt/py/bin/python{sys.version_info[0]}.{sys.version_info[1]}"


def run_installed(probe: Path, more: str, become: str = "") -> subprocess.CompletedProcess[str]:
    """The probe in a mount namespace of its own, after ``more`` has been done to it."""
    script = INSTALLED.format(probe=probe, base=sys.base_prefix, more=more, become=become)
    before = ["unshare", "--net", "--mount", "sh", "-c", script, "sh"]
    return run(Path("/mnt/probe.pyz"), "--json", python=[PYTHON], before=before)


@pytest.mark.parametrize(
    "more",
    [
        "mount -t tmpfs none /etc; mount -t tmpfs -o ro none /mnt/home",
        "mount -t tmpfs none /proc; mount -t tmpfs -o mode=555,ro none /tmp; mount -t tmpfs -o ro none /var/tmp",
        "mount -t tmpfs none /dev; mount -o remount,ro /mnt; unset HOME",
    ],
    ids=["no /etc", "no /proc, no /tmp to write", "no /dev, read-only, no home"],
)
def test_hardly_any_system_is_needed(probe: Path, more: str) -> None:
    says_no_internet(run_installed(probe, more))


def test_nobody_may_run_it_with_hardly_a_thread_or_a_file_to_open(probe: Path) -> None:
    become = "setpriv --reuid 65534 --regid 65534 --clear-groups"
    says_no_internet(run_installed(probe, "true", become))
    ended = run_installed(probe, "true", f"{become} prlimit --nproc=1 --nofile=24")
    told = json.loads(ended.stdout)
    assert (ended.returncode, ended.stderr) in ((1, ""), (3, "")), told["run"]
    assert told["run"]["error"] is None


def test_a_path_of_any_letters_will_do(probe: Path, tmp_path: Path) -> None:
    folder = tmp_path / "Ordner mit 'Übermaß' \u200b名"
    folder.mkdir()
    copied = shutil.copy(probe, folder / "probe (1).pyz")
    link = tmp_path / "link"
    link.symlink_to(copied)
    says_no_internet(run(Path(copied), "--json"))
    says_no_internet(run(link, "--json", cwd=folder))
    says_no_internet(run(Path("probe (1).pyz"), "--json", cwd=folder))
    folder.chmod(0o500)
    started = subprocess.run(
        [*ALONE, str(copied), "--json"], env=BARE, capture_output=True, text=True, check=False, timeout=200
    )
    says_no_internet(started)


def test_a_folder_that_is_gone_and_names_that_are_no_text_will_do(probe: Path, tmp_path: Path) -> None:
    gone = ("sh", "-c", f'mkdir {tmp_path}/gone; cd {tmp_path}/gone; rmdir {tmp_path}/gone; exec "$@"', "sh")
    says_no_internet(run(probe, "--json", before=(*ALONE, *gone)))
    ended = run(probe, "--project", ".", before=gone)
    assert (ended.returncode, "there is no folder" in ended.stderr) == (2, True)
    odd = {"HOME": "/tmp/\udcff", "ANTHROPIC_MODEL": "\udcff", "ANTHROPIC_API_KEY": "sk-ant-\udcff"}
    told = json.loads(run(probe, "--json", "--model", "\udcff", environ={**BARE, **odd}).stdout)
    assert told["run"]["error"] is None
    assert run(probe, environ={**BARE, **odd, "PYTHONIOENCODING": "latin-1"}, python=[sys.executable]).returncode == 1


AUDIT = """
import os, runpy, sys
seen = []
def hook(event, arguments):
    if event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) and arguments[0] != os.devnull:
        seen.append((event, str(arguments[0])))
    if event in ("os.remove", "os.rename", "os.mkdir", "os.chmod", "os.system", "subprocess.Popen", "os.exec", "os.fork", "os.putenv"):
        seen.append((event, str(arguments)))
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo") and WATCHES_NETWORK:
        seen.append((event, str(arguments)))
sys.addaudithook(hook)
leave = os._exit
def told(code):
    for one in seen:
        os.write(2, (repr(one) + "\\n").encode())
    leave(code)
os._exit = told
sys.argv = [PROBE, *OPTIONS]
runpy.run_path(PROBE, run_name="__main__")
"""


def audited(probe: Path, *options: str, network: bool) -> str:
    """The audit hook's program for these options."""
    return f"PROBE, OPTIONS, WATCHES_NETWORK = {str(probe)!r}, {options!r}, {network}\n{AUDIT}"


def test_it_writes_no_file_and_starts_no_program(probe: Path) -> None:
    program = audited(probe, "--json", network=False)
    says_no_internet(run(Path("-c"), program, python=[sys.executable]))


def test_the_plan_contacts_nobody(probe: Path) -> None:
    ended = run(Path("-c"), audited(probe, "--plan", "--json", network=True), python=[sys.executable])
    assert (ended.returncode, ended.stderr) == (0, "")
    assert json.loads(ended.stdout)["billed_tokens"] == 0
