"""``sabotage.py fails|hangs MODULE PROBE OPTIONS...``: the probe, one of whose modules breaks, or never comes, when it is loaded."""

from __future__ import annotations

import sys
import time
import zipimport

how, module, probe, *options = sys.argv[1:]


class Saboteur:
    """Stands before the probe's own finder."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        if name == module and how == "hangs":
            time.sleep(60)
        elif name == module:
            raise ZeroDivisionError("sk-ant-api03-secret")


first_lines = zipimport.zipimporter(probe).get_data("__main__.py").decode()
first_lines = first_lines.replace("meta_path.insert(0, Carried)", "meta_path[:0] = [Saboteur, Carried]")
sys.argv, sys.path[0] = ["probe.pyz", *options], probe
exec(first_lines, {"__name__": "__main__", "__file__": probe + "/__main__.py", "Saboteur": Saboteur})
