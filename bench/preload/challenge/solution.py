"""Our policy as the MM'22 challenge's simulator calls one: its state goes to the Node process beside it, a line each way."""

import json
import os
import subprocess

command = [os.environ.get("PRELOAD_NODE", "node"), os.environ.get("PRELOAD_DECIDER", "")]
node = None


class Algorithm:
    def __init__(self):
        global node
        # One for all: the policy remembers nothing.
        if node is None:
            node = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.rates_bps = []
        self.slept = True

    def Initialize(self):
        pass

    def run(self, delay, rebuf, video_size, end_of_video, play_video_id, Players, first_step=False):
        if not first_step and not self.slept and delay > 0:
            self.rates_bps.append(video_size * 8000.0 / delay)
        window = [
            {
                "segmentBytes": [player.video_size[rung] for rung in range(3)],
                "rungs": player.get_downloaded_bitrate(),
                "survival": [float(share) for share in player.get_user_model()[1]],
            }
            for player in Players
        ]
        moment = {
            "window": window,
            "playheadSeconds": float(Players[0].get_play_chunk()),
            "bufferedSeconds": float(Players[0].get_buffer_size()) / 1000,
            "ratesBps": self.rates_bps[-5:],
        }
        node.stdin.write(json.dumps(moment) + "\n")
        node.stdin.flush()
        decision = json.loads(node.stdout.readline())
        self.slept = decision["kind"] == "idle"
        if self.slept:
            return play_video_id, 0, decision["ms"]
        return play_video_id + decision["item"], decision["rung"], 0.0
