"""The wizard: the face with a screen. Only this package imports Textual."""
