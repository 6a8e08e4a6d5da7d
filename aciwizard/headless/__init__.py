"""The face without a screen: plan, apply, text rows and JSON lines."""
