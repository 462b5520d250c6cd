"""The pages: who may, what is shown, where it leads."""
