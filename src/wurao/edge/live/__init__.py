"""The ports of ``edge.services`` over a real home: one file a port, one worker that lets facts take effect."""
