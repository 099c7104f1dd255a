"""The outside world, one file per channel; imports nothing of ours."""
