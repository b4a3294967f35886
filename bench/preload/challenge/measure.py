"""Runs the MM'22 challenge's own simulator, which is not part of this repository, and prints its figures as JSON.

Called in the simulator's folder: measure.py POLICY CLASS USERS FIRST_USER
"""

import contextlib
import io
import json
import math
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
import video_player  # noqa: E402

is_baseline, is_quickstart = policy == "no_save", policy == "fixed_preload"
user_id = policy if is_baseline or is_quickstart else os.path.dirname(os.path.abspath(__file__))

# Its count of wasted bytes has a chunk that is on its way at a swipe twice. Ours has it once: all less what was seen.
seen_bytes = 0
count_waste = video_player.Player.bandwidth_waste


def count_seen(player, user):
    global seen_bytes
    entered = math.ceil(user.get_ret_duration() / video_player.VIDEO_CHUNCK_LEN)
    rungs = player.get_downloaded_bitrate()[:entered]
    seen_bytes += sum(player.video_size[rung][chunk] for chunk, rung in enumerate(rungs))
    return count_waste(player, user)


video_player.Player.bandwidth_waste = count_seen

totals = numpy.zeros(5)
for user in range(first_user, first_user + users):
    numpy.random.seed(user)
    run.seeds = numpy.random.randint(10000, size=(7, 2)).tolist()
    with contextlib.redirect_stdout(io.StringIO()):
        totals += run.test_all_traces(is_baseline, is_quickstart, user_id, network, user)
score, moved_bytes, qoe, wasted_bytes, _ = (float(total) / users for total in totals)
unseen_bytes = moved_bytes - seen_bytes / users / len(run.all_cooked_time)
figures = {"score": score, "qoe": qoe, "bytes": moved_bytes, "wastedBytes": wasted_bytes, "unseenBytes": unseen_bytes}
print(json.dumps(figures))
