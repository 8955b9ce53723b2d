"""Packets for those who have to act: pure, from a report and the knowledge of receivers to text. No Django, no network, no clock."""
