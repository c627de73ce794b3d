"""Networks of finite width beside their limit."""
