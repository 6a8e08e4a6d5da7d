"""What every face shares: the plan, the engine, the words. Standard library only."""
