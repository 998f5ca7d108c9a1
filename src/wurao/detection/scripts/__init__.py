"""What robots say: transcripts grouped into recordings, scripts and operators, and named by what they say."""
