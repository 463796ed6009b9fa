# SPDX-License-Identifier: LGPL-2.1-or-later
"""Cases of whole-system tests, reported in TAP. A case that raises has failed; nothing is skipped."""

import argparse
import fnmatch
import sys
import time
import traceback


class Cases:
    """Named functions, run in the order they were added."""

    def __init__(self):
        self.cases = []

    def add(self, name, function, *args):
        self.cases.append((name, function, args))

    def main(self):
        parser = argparse.ArgumentParser()
        parser.add_argument("filter", nargs="*", default=["*"], help="names of cases, with wildcards")
        parser.add_argument("--list", action="store_true", help="print the names only")
        options = parser.parse_args()
        chosen = [c for c in self.cases if any(fnmatch.fnmatch(c[0], f) for f in options.filter)]
        if options.list:
            print("\n".join(name for name, _, _ in chosen))
            return 0
        if not chosen:
            sys.exit("no such case")
        return self._run(chosen)

    @staticmethod
    def _run(chosen):
        failed = 0
        print(f"1..{len(chosen)}", flush=True)
        for number, (name, function, args) in enumerate(chosen, 1):
            start = time.monotonic()
            try:
                function(*args)
                verdict = "ok"
            except Exception:  # a case may fail in any way, the next one runs all the same
                failed += 1
                verdict = "not ok"
                print("# " + traceback.format_exc().replace("\n", "\n# "))
            print(f"{verdict} {number} - {name}\n# {time.monotonic() - start:.1f} s", flush=True)
        return 1 if failed else 0
