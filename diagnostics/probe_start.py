# The first lines of probe.pyz: packing.py puts them there as __main__.py and fills in CARRIED.
# Read by whatever interpreter is at hand, so they are written in the grammar that Python 2.7 and 3.13 share.
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any  # noqa: F401  in comments

CARRIED = ()  # top-level names that the file brings along
NEEDED = ("zlib", "_ssl", "_socket", "select")  # a Python may have been built without them
HERE = os.path.dirname(__file__)  # probe.pyz itself
LIBRARY = os.path.dirname(os.__file__)  # where the interpreter's own modules stand


def say(sentence):  # type: (str) -> None
    """A line on standard error, if there is one."""
    if sys.stderr is not None:
        sys.stderr.write(sentence + "\n")


def refuse(why):  # type: (str) -> None
    """Say why this interpreter will not do and which one may, and end with the code of a wrong command line."""
    names = ["python3.%d" % minor for minor in range(30, 8, -1)]
    folders = os.environ.get("PATH", "").split(os.pathsep)
    found = [name for name in names for folder in folders if os.access(os.path.join(folder, name), os.X_OK)]
    say("probe.pyz needs %s. Try: %s probe.pyz" % (why, (found or ["python3.9"])[0]))
    sys.exit(2)


def lacking():  # type: () -> list[str]
    """Names of needed modules that this interpreter does not have, or whose system libraries are gone."""
    absent = []
    for name in NEEDED:
        try:
            __import__(name)
        except ImportError:
            absent.append(name)
    return absent


def keep_out_others():  # type: () -> None
    """Whatever the host has installed, preloaded or hooked in: only what is carried here and the interpreter's own is loaded."""
    import warnings
    from importlib.machinery import PathFinder

    class Carried(object):
        @staticmethod
        def find_spec(name, path=None, target=None):  # type: (str, Any, Any) -> Any
            return PathFinder.find_spec(name, path or [HERE], target) if name.split(".")[0] in CARRIED else None

    warnings.simplefilter("ignore")  # with -W error a library's deprecation would end us
    sys.path[1:] = [path for path in sys.path[1:] if is_library(path)]
    sys.meta_path.insert(0, Carried)
    for name, module in list(sys.modules.items()):
        if is_in_our_way(name, getattr(module, "__file__", None)):
            del sys.modules[name]


def is_library(path):  # type: (str) -> bool
    """Whether a folder of sys.path is the interpreter's own, and no place where others install."""
    folder, last = os.path.split(path)
    zipped = folder == os.path.dirname(LIBRARY) and last.startswith("python") and last.endswith(".zip")
    return path == LIBRARY or zipped or last in ("lib-dynload", "lib_pypy", "DLLs")


def is_in_our_way(name, file):  # type: (str, object) -> bool
    """Whether a module that is loaded already has the name of one that is carried here, or hides the interpreter's own."""
    top = name.split(".")[0]
    if top in CARRIED:
        return not str(file).startswith(HERE)
    if not isinstance(file, str) or file.startswith(HERE):
        return False
    if file.startswith(LIBRARY) and "-packages" not in file:
        return False
    return any(os.path.exists(os.path.join(LIBRARY, top + end)) for end in (".py", os.sep + "__init__.py"))


def start():  # type: () -> None
    """Load what is carried and run it. It ends the process by itself."""
    if sys.version_info < (3, 9):
        refuse("Python 3.9 or newer; this is " + sys.version.split()[0])
    sys.dont_write_bytecode = True
    absent = lacking()
    if absent:
        refuse("a Python with the module " + absent[0].lstrip("_"))
    python_path = list(sys.path)  # where a client may be installed
    keep_out_others()
    try:
        from diagnostics.engine.__main__ import run

        run(python_path)
    except Exception as error:  # whatever it is, the interpreter would end with the code of a named cause
        say("probe.pyz cannot be loaded (%s). Please download it again." % type(error).__name__)
        sys.exit(4)


start()
