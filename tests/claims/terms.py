"""Words the claims share: packages they look at, moves more than one of them makes."""

from __future__ import annotations

from claims.world import Moves

KNOWN = "known / large / declared / korea / council_vote"
"""All known sites for large relief and Seoul's money: the small deal."""
KNOWN_REVERSE = "known / large / declared / korea / reverse_veto"
KNOWN_PARTIAL = "known / partial / declared / korea / council_vote"
ALONE_VOTE = "known / large / declared / none / council_vote"
ALONE_REVERSE = "known / large / declared / none / reverse_veto"
"""All known sites for large relief and nothing else, by either rule."""
EVERY = "all_centrifuges / full / declared / korea_japan / council_vote"
EVERY_INTRUSIVE = "all_centrifuges / full / intrusive / korea_japan / council_vote"
CVID = "cvid / full / intrusive / korea_japan / council_vote"

AS_IS, PEACE, CONSERVATIVE = 0, 1, 2
"""States at the start: as the scenario has it, with the war over, with a conservative in Seoul."""
WASHINGTON, PYONGYANG = 0, 1
"""Proposers."""

EASY: Moves = {"reimpose_cost_china": "low", "reimpose_cost_russia": "low"}
STICKY: Moves = {"reimpose_cost_china": "high", "reimpose_cost_russia": "high"}
STUCK: Moves = {"reimpose_cost_china": 50.0, "reimpose_cost_russia": 50.0}
"""No vote to restore sanctions, ever."""
IRREVERSIBLE: Moves = {"rebuild_years": 1000.0}
"""What is dismantled never comes back."""
HOSTILE: Moves = {"opposition[democrat]": "high", "exit_cost[democrat]": "low"}
