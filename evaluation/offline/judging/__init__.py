"""Judges in the database: their versions, what they are asked, marks of people, replays."""
