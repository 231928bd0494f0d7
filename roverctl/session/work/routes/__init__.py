"""Routes in a process beside the window: the draft's, what follows the hand, and what else is asked about it."""
