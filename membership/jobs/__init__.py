"""Work that runs without anybody waiting for it."""
