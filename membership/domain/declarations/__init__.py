"""The yearly declaration: what is asked, what an answer must be, what is odd about it, where a request stands."""
