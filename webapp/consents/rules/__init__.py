"""Purposes and who may agree to them, the words shown, the receipt. Pure."""
