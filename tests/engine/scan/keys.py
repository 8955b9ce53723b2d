"""Keys that no vendor has given out: made anew for each run of the tests, so that none stands in the tree."""

from __future__ import annotations

import random
import string

_SIGNS = string.ascii_letters + string.digits


def made(seed: int, length: int, signs: str = _SIGNS) -> str:
    """So many characters as a machine makes them, the same for the same seed."""
    chance = random.Random(seed)
    return "".join(chance.choice(signs) for _ in range(length))


ANTHROPIC = f"sk-ant-api03-{made(1, 93)}AA"
ADMIN = f"sk-ant-admin01-{made(2, 93)}AA"
OAUTH = f"sk-ant-oat01-{made(3, 80)}"
OPENAI = f"sk-proj-{made(4, 74)}T3BlbkFJ{made(5, 74)}"
OPENROUTER = f"sk-or-v1-{made(6, 64, '0123456789abcdef')}"
GROQ = f"gsk_{made(7, 52)}"
GOOGLE = f"AIza{made(8, 35)}"
DEEPSEEK = f"sk-{made(9, 32, '0123456789abcdef')}"
AWS = f"AKIA{made(10, 16, string.ascii_uppercase + string.digits)}"
BEDROCK = f"ABSK{made(11, 128)}"
XAI = f"xai-{made(12, 80)}"
GATEWAY = made(13, 40)
"""A key of somebody's own gateway: of no known shape."""
EVERY = (ANTHROPIC, ADMIN, OAUTH, OPENAI, OPENROUTER, GROQ, GOOGLE, DEEPSEEK, AWS, BEDROCK, XAI)
