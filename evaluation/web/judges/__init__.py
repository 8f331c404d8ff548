"""The pages of judges: their versions, marking answers, calibration, replays."""
