"""WeCom: a company's directory, as far as its secrets let us see it."""
