"""Runs the MM'22 challenge's own simulator, which is not part of this repository, and prints its figures as JSON.

Called in the simulator's folder: measure.py POLICY CLASS USERS FIRST_USER
"""

import contextlib
import io
import json
import os
import sys
import types

import numpy
import solution  # noqa: F401  ours, before the simulator's own of the same name is in reach

# The simulator imports a name from a module that numpy 2 no longer has, and does not use it.
unused = types.ModuleType("numpy.lib.utils")
unused._split_line = None
sys.modules["numpy.lib.utils"] = unused

policy, network, users, first_user = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
sys.argv = ["run.py"]
sys.path[:0] = [os.getcwd(), os.path.join(os.getcwd(), "simulator")]
import run  # noqa: E402  the simulator's own

is_baseline, is_quickstart = policy == "no_save", policy == "fixed_preload"
user_id = policy if is_baseline or is_quickstart else os.path.dirname(os.path.abspath(__file__))

totals = numpy.zeros(5)
for user in range(first_user, first_user + users):
    numpy.random.seed(user)
    run.seeds = numpy.random.randint(10000, size=(7, 2)).tolist()
    with contextlib.redirect_stdout(io.StringIO()):
        totals += run.test_all_traces(is_baseline, is_quickstart, user_id, network, user)
score, moved_bytes, qoe, wasted_bytes, _ = (float(total) / users for total in totals)
print(json.dumps({"score": score, "qoe": qoe, "bytes": moved_bytes, "wastedBytes": wasted_bytes}))
