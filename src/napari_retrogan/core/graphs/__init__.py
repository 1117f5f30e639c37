"""Weights as ONNX graphs, and as plain arithmetic."""
